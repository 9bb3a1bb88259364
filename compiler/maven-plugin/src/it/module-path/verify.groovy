// the model is inside of a module that exports nothing
def java = evaluate(new File(basedir, "../../../src/it/java.groovy"))
String said = java.run("-p", "target/module-path-1.jar" + File.pathSeparator + java.runtime, "-m", "app/app.Main")
assert said.contains("gives [2.0, 4.0, 6.0, 8.0]") : said
