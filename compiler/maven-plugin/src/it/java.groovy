// evaluated by the projects' verify.groovy: runs Java in the project's folder, and gives what it said; it must end well
return [
    runtime: new File(localRepositoryPath, "dev/lathe/lathe-runtime-min/${version}/lathe-runtime-min-${version}.jar"),
    run: { Object... arguments ->
        def p = ([System.getProperty("java.home") + "/bin/java"] + arguments.collect { it.toString() }).execute(null, basedir)
        def out = new StringBuilder()
        p.consumeProcessOutput(out, out)
        assert p.waitFor() == 0 : out
        out.toString()
    }
]
