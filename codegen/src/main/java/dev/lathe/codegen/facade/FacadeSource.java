package dev.lathe.codegen.facade;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes the typed class of a model as Java source: complete, so that an IDE or javac can take it in place of the class file. */
public final class FacadeSource {
    private static final String BASE = "dev.lathe.runtime.TypedModel";
    private static final String OPTIONS = "dev.lathe.runtime.ModelOptions";

    private final Facade f;
    private final StringBuilder s = new StringBuilder();

    private FacadeSource(Facade f) {
        this.f = f;
    }

    /** The source; its file is called after the class's simple name. */
    public static String write(Facade f) {
        return new FacadeSource(f).write();
    }

    /** {@code float[] run(float[] image, int n)} */
    static String declaration(Facade f, Facade.Run r) {
        return given(f, r) + " run(" + Stream.concat(r.inputs().stream().map(p -> javaType(p.descriptor()) + " " + p.name()),
                r.extents().values().stream().map(e -> "int " + e)).collect(Collectors.joining(", ")) + ")";
    }

    private static String given(Facade f, Facade.Run r) {
        if (f.resultName() != null) {
            return f.resultName();
        }
        Facade.Port out = f.outputs().get(0);
        return javaType(r.whole() ? "L" + out.wholeType() + ";" : out.descriptor());
    }

    private static String javaType(String descriptor) {
        return switch (descriptor) {
            case "I" -> "int";
            case "[B" -> "byte[]";
            case "[F" -> "float[]";
            case "[D" -> "double[]";
            case "[I" -> "int[]";
            case "[J" -> "long[]";
            case "[Ljava/lang/String;" -> "java.lang.String[]";
            default -> descriptor.substring(1, descriptor.length() - 1).replace('/', '.');
        };
    }

    private String write() {
        String name = f.simpleName();
        if (f.id().contains(".")) {
            s.append("package ").append(f.id(), 0, f.id().length() - name.length() - 1).append(";\n\n");
        }
        doc("", Stream.of("The model {@code " + text(f.model()) + "}, compiled by Lathe " + text(f.compiler()) + " for "
                + String.join(", ", f.targets()) + ". May be shared among threads.", "", "<table>", "<caption>Inputs and outputs</caption>"),
                f.inputs().stream().map(p -> row("input", p)), f.outputs().stream().map(p -> row("output", p)), Stream.of("</table>"));
        line("public final class " + name + " extends " + BASE + " {");
        f.constants().forEach((constant, is) -> {
            doc("    ", Stream.of(is.says()));
            line("    public static final " + (is.value() instanceof String t ? "java.lang.String " + constant + " = " + literal(t) : "int " + constant + " = " + is.value()) + ";");
        });
        doc("    ", Stream.of("What {@link #main} prints."));
        line("    public static final java.lang.String SIGNATURE = " + literal(f.signature()) + ";");
        if (!f.labels().isEmpty()) {
            doc("    ", Stream.of(f.scored()));
            line("    public static final java.util.List<java.lang.String> LABELS = lines("
                    + f.labelParts().stream().map(FacadeSource::literal).collect(Collectors.joining(", ")) + ");");
        }
        line("");
        line("    private " + name + "(" + OPTIONS + " options) {");
        line("        super(" + name + ".class, options);");
        line("    }");
        line("");
        doc("    ", Stream.of("Loads the model for this machine. Close it after use."));
        line("    public static " + name + " load() {");
        line("        return new " + name + "(" + OPTIONS + ".DEFAULT);");
        line("    }");
        line("");
        doc("    ", Stream.of("As {@link #load()} with options: threads of one run, runs at the same time, target."));
        line("    public static " + name + " load(" + OPTIONS + " options) {");
        line("        return new " + name + "(options);");
        line("    }");
        f.runs().forEach(this::run);
        line("");
        doc("    ", Stream.of("Prints what the model takes and gives."));
        line("    public static void main(java.lang.String[] args) {");
        line("        java.lang.System.out.println(SIGNATURE);");
        line("    }");
        if (f.resultName() != null) {
            result();
        }
        return s.append("}\n").toString();
    }

    private static String row(String kind, Facade.Port p) {
        return "<tr><td>" + kind + "</td><td>{@code " + text(p.name()) + "}</td><td>{@code " + text(p.typeText()) + "}</td></tr>";
    }

    private void run(Facade.Run r) {
        line("");
        Stream<String> params = f.inputs().stream().flatMap(p -> r.takes(p, f.picture()) ? picture(r, p) : Stream.of("@param " + p.java() + " {@code "
                + text(p.typeText()) + "}" + (p.isTensor() && !r.whole() ? ", row major" : "") + "; neither changed nor kept"));
        Stream<String> extents = r.extents().entrySet().stream().map(e -> "@param " + e.getValue() + " the extent {@code " + text(e.getKey()) + "}");
        String gives = f.resultName() != null ? "@return the outputs, which are the caller's own"
                : "@return {@code " + text(f.outputs().get(0).name()) + "}, {@code " + text(f.outputs().get(0).typeText()) + "}; the caller's own";
        doc("    ", Stream.of("Runs the model" + (r.whole() ? " on tensors, which know their shapes." : "."), ""), params, extents,
                Stream.of(gives, "@throws dev.lathe.runtime.BadInputException when a type or shape does not fit"));
        line("    public " + declaration(f, r) + " {");
        String all = f.inputs().stream().map(p -> input(r, p)).collect(Collectors.joining(", ", "runAll(", ")"));
        if (f.resultName() != null) {
            line("        return new " + f.resultName() + "(" + all + ");");
        } else if (f.outputs().get(0).isText() && f.outputs().get(0).isTensor() && !r.whole()) {
            line("        return strings(" + all + "[0]);");
        } else {
            boolean elements = f.outputs().get(0).isTensor() && !r.whole();
            line("        return (" + given(f, r) + ") " + (elements ? "elements(" + all + "[0])" : all + "[0]") + ";");
        }
        line("    }");
    }

    private static Stream<String> picture(Facade.Run r, Facade.Port p) {
        return Stream.of("@param " + p.java() + " red, green and blue of each pixel, row by row, as {@code dev.lathe.runtime.Pictures.rgb} gives them;",
                "       several pictures of one size follow each other; neither changed nor kept",
                "@param " + r.width() + " of a picture, in pixels", "@param " + r.height() + " of a picture, in pixels");
    }

    private String input(Facade.Run r, Facade.Port p) {
        if (r.takes(p, f.picture())) {
            return "picture(" + f.inputs().indexOf(p) + ", " + p.java() + ", " + r.width() + ", " + r.height() + ")";
        }
        if (r.whole() || !p.isTensor()) {
            return p.java();
        }
        StringBuilder t = new StringBuilder("tensor(").append(f.inputs().indexOf(p)).append(", ").append(p.java());
        for (Facade.Dim d : p.dims()) {
            t.append(", ").append(d.extent() >= 0 ? "" + d.extent() : r.extents().getOrDefault(d.text(), "-1"));
        }
        return t.append(')').toString();
    }

    private void result() {
        line("");
        doc("    ", Stream.of("The outputs of one run."));
        line("    public static final class " + f.resultName() + " extends " + BASE + ".Outputs {");
        line("        " + f.resultName() + "(dev.lathe.runtime.Datum[] all) {");
        line("            super(all);");
        line("        }");
        List<Facade.Port> outputs = f.outputs();
        for (int i = 0; i < outputs.size(); i++) {
            Facade.Port p = outputs.get(i);
            String type = javaType(p.descriptor());
            line("");
            doc("        ", Stream.of("{@code " + text(p.name()) + "}, {@code " + text(p.typeText()) + "}."));
            line("        public " + type + " " + p.java() + "() {");
            line("            return " + (!p.isTensor() ? "(" + type + ") get(" + i + ")" : p.isText() ? "text(" + i + ")" : "(" + type + ") array(" + i + ")")
                    + ";");
            line("        }");
            if (p.isTensor()) {
                line("");
                doc("        ", Stream.of("The dimensions of {@code " + text(p.name()) + "}."));
                line("        public int[] " + p.java() + "Shape() {");
                line("            return shape(" + i + ");");
                line("        }");
            }
        }
        line("    }");
    }

    private void line(String text) {
        s.append(text).append('\n');
    }

    @SafeVarargs
    private void doc(String indent, Stream<String>... parts) {
        List<String> lines = new ArrayList<>();
        for (Stream<String> p : parts) {
            p.forEach(lines::add);
        }
        if (lines.size() == 1) {
            line(indent + "/** " + lines.get(0) + " */");
            return;
        }
        line(indent + "/**");
        lines.forEach(l -> line(indent + (l.isEmpty() ? " *" : " * " + l)));
        line(indent + " */");
    }

    /** Text within a code tag of a Javadoc comment: nothing in it may end the tag or the comment, or be a Unicode escape. */
    static String text(String text) {
        StringBuilder b = new StringBuilder();
        for (char c : text.toCharArray()) {
            b.append(c == '{' ? '(' : c == '}' ? ')' : c == '\\' || c < ' ' || c == '@' ? '?' : c == '*' ? '\u00b7' : c);
        }
        return ascii(b.toString());
    }

    private static String ascii(String text) {
        StringBuilder b = new StringBuilder();
        for (char c : text.toCharArray()) {
            b.append(c < 127 ? "" + c : String.format("\\u%04x", (int) c));
        }
        return b.toString();
    }

    private static String literal(String text) {
        return ascii("\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + "\"");
    }
}
