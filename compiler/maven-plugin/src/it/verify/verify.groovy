// recorded data are compared, by a JVM of its own; nothing that is computed in floats is equal to the last bit, so no tolerance is a departure
String log = new File(basedir, "build.log").text
assert log.contains("passed test_data_set_0") && log.contains("1 passed, 0 failed, 0 skipped") : log
assert log.contains("error: app.Conv does not compute what was recorded in ") && log.contains("  help: lathe verify MODEL --layers") && log.contains("0 passed, 1 failed, 0 skipped") : log
assert log.split("compiling .*model.onnx").length == 2 : log
