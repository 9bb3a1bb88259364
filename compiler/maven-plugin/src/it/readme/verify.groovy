// the README's command: the digit in the picture has the largest score
File runtime = new File(localRepositoryPath, "dev/lathe/lathe-runtime-min/${version}/lathe-runtime-min-${version}.jar")
File picture = new File(basedir, "../../../../../examples/digits/images/00_is_7.png")
def p = [System.getProperty("java.home") + "/bin/java", "-cp", "target/app-1.jar" + File.pathSeparator + runtime, "com.acme.App", picture.canonicalPath].execute(null, basedir)
def out = new StringBuilder()
p.consumeProcessOutput(out, out)
assert p.waitFor() == 0 : out
def scores = out.readLines().collect { it.split(" ") }.findAll { it.length == 2 }.collectEntries { [it[0], it[1] as float] }
assert scores.size() == 10 : out
assert scores.max { it.value }.key == "seven" : out
