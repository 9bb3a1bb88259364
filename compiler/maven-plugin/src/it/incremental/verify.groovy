// the second build compiles no model, and javac nothing either
String log = new File(basedir, "build.log").text
assert log.split("compiling .*net.lir").length == 2 : log
assert log.contains("app.Net is up to date") : log
assert log.split("Nothing to compile").length == 2 : log
