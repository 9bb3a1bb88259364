// the program runs on the jar and the run time
def java = evaluate(new File(basedir, "../../../src/it/java.groovy"))
String said = java.run("-cp", "target/basic-1.jar" + File.pathSeparator + java.runtime, "app.Main")
assert said.contains("gives [2.0, 4.0, 6.0, 8.0]") : said
assert said.contains("[red, green, blue] 1.0 -1.0") : said
assert new File(basedir, "target/generated-sources/lathe/app/Net.java").isFile()
assert new File(basedir, "build.log").text.contains("there are no models: <models> is missing")
