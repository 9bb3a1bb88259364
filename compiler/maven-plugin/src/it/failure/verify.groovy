// what is wrong with each model, and where; no stack trace
String log = new File(basedir, "build.log").text
assert log.contains("broken.lir:3") && log.contains("nowhere") : log
assert log.contains("'app.class' can't be a class") && log =~ /model: .*fine\.lir/ : log
assert !log.contains("\tat dev.lathe") : log
