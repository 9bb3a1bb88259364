// the program runs on the jar and the run time
String java = System.getProperty("java.home") + "/bin/java"
def run = { List line ->
    def p = ([java] + line).execute(null, basedir)
    def out = new StringBuilder()
    p.consumeProcessOutput(out, out)
    assert p.waitFor() == 0 : out
    out.toString()
}
File runtime = new File(localRepositoryPath, "dev/lathe/lathe-runtime-min/${version}/lathe-runtime-min-${version}.jar")
String said = run(["-cp", "target/basic-1.jar" + File.pathSeparator + runtime, "app.Main"])
assert said.contains("gives [2.0, 4.0, 6.0, 8.0]") : said
assert said.contains("[red, green, blue] 1.0 -1.0") : said
assert new File(basedir, "target/generated-sources/lathe/app/Net.java").isFile()
assert new File(basedir, "build.log").text.contains("there are no models: <models> is missing")
