// the README's picture, on the module path
def java = evaluate(new File(basedir, "../../../src/it/java.groovy"))
File picture = new File(basedir, "../../../../../examples/digits/images/00_is_7.png")
String said = java.run("-p", "target/app-1.jar" + File.pathSeparator + java.runtime, "-m", "com.acme/com.acme.App", picture.canonicalPath)
def scores = said.readLines().collect { it.split(" ") }.findAll { it.length == 2 }.collectEntries { [it[0], it[1] as float] }
assert scores.size() == 10 : said
assert scores.max { it.value }.key == "seven" : said
