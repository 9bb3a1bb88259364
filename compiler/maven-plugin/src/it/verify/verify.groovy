// recorded data are compared, by a JVM of its own
String log = new File(basedir, "build.log").text
assert log.contains("passed test_data_set_0") && log.contains("1 passed, 0 failed, 0 skipped") : log
