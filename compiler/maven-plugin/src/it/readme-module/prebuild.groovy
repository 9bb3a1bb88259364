// the README's project, as a module
evaluate(new File(basedir, "../../../src/it/readme/prebuild.groovy"))
new File(basedir, "src/main/java/module-info.java").text = "module com.acme {\n    requires dev.lathe.runtime;\n    requires java.desktop;\n}\n"
true
