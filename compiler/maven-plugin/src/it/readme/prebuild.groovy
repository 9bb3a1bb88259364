// the project that the README shows, word by word; only the versions of Maven's own plugins are added
File root = new File(basedir, "../../../../..").canonicalFile
String readme = new File(root, "README.md").getText("UTF-8")
def block = { String language, String with ->
    def found = (readme =~ /(?ms)^```${language}\n(.*?)^```/).collect { it[1] }.findAll { it.contains(with) }
    assert found.size() == 1 : "README.md has ${found.size()} blocks of ${language} with ${with}"
    found[0]
}
File pom = new File(basedir, "pom.xml")
String versions = (pom.getText("UTF-8") =~ /(?s)<pluginManagement>.*<\/pluginManagement>/)[0]
String shown = block("xml", "<project ")
assert shown.count("  <build>\n") == 1
pom.setText(shown.replace("  <build>\n", "  <build>\n" + versions + "\n"), "UTF-8")
File source = new File(basedir, "src/main/java/com/acme/App.java")
source.parentFile.mkdirs()
source.setText(block("java", "class App"), "UTF-8")
File models = new File(basedir, "src/main/models")
models.mkdirs()
new File(models, "digits.onnx").bytes = new File(root, "examples/digits/model.onnx").bytes
new File(models, "labels.txt").bytes = new File(root, "examples/digits/labels.txt").bytes
true
