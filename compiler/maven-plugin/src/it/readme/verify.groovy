// the README's command: the digit in the picture has the largest score
def java = evaluate(new File(basedir, "../../../src/it/java.groovy"))
File picture = new File(basedir, "../../../../../examples/digits/images/00_is_7.png")
String said = java.run("-cp", "target/app-1.jar" + File.pathSeparator + java.runtime, "com.acme.App", picture.canonicalPath)
def scores = said.readLines().collect { it.split(" ") }.findAll { it.length == 2 }.collectEntries { [it[0], it[1] as float] }
assert scores.size() == 10 : said
assert scores.max { it.value }.key == "seven" : said
// the jar says no time but the one that the pom sets
def times = new java.util.zip.ZipFile(new File(basedir, "target/app-1.jar")).withCloseable { zip -> zip.entries().collect { it.timeLocal.toString() } as Set }
assert times.size() == 1 && times.first().startsWith("2026-01-01T00:00") : times
