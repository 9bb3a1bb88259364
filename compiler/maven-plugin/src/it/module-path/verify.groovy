// the model is inside of a module that exports nothing
String java = System.getProperty("java.home") + "/bin/java"
def run = { List line ->
    def p = ([java] + line).execute(null, basedir)
    def out = new StringBuilder()
    p.consumeProcessOutput(out, out)
    assert p.waitFor() == 0 : out
    out.toString()
}
File runtime = new File(localRepositoryPath, "dev/lathe/lathe-runtime-min/${version}/lathe-runtime-min-${version}.jar")
String said = run(["-p", "target/module-path-1.jar" + File.pathSeparator + runtime, "-m", "app/app.Main"])
assert said.contains("gives [2.0, 4.0, 6.0, 8.0]") : said
