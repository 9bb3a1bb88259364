package dev.lathe.codegen.facade;

import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What the typed class of a model is made of. {@link FacadeClass} writes it as a class file, {@link FacadeSource} as
 * Java; both give the same members.
 *
 * @param id the class's name, {@code com.acme.Digits}
 * @param model the model's name, any text
 * @param compiler the compiler's version
 * @param targets names, for people
 * @param labels names of classes, which {@link #scored} finds an output for; may be empty
 * @param picture the name of the input that takes pictures; null when there is none
 */
public record Facade(String id, String model, String compiler, List<String> targets, List<Port> inputs, List<Port> outputs, List<String> labels, String picture) {
    // a method takes 255 slots, "this" included
    private static final int MOST_PARAMETERS = 250;

    public Facade {
        targets = List.copyOf(targets);
        labels = List.copyOf(labels);
        Names ins = new Names("options", "args");
        inputs = inputs.stream().map(p -> p.called(ins.add(p.name))).toList();
        Names outs = new Names("hashCode", "toString", "getClass", "notify", "notifyAll", "wait", "clone", "finalize", "get", "array", "text", "shape");
        outputs = outputs.stream().map(p -> p.called(outs.add(p.name, "", "Shape"))).toList();
    }

    /** A model that takes no pictures. */
    public Facade(String id, String model, String compiler, List<String> targets, List<Port> inputs, List<Port> outputs, List<String> labels) {
        this(id, model, compiler, targets, inputs, outputs, labels, null);
    }

    public enum Kind {
        TENSOR, SEQUENCE, OPTIONAL
    }

    /** A dimension: its text, and its extent where that is constant, else -1. */
    public record Dim(String text, long extent) {}

    /** An input or output. */
    public record Port(String name, Kind kind, ElementType type, List<Dim> dims, String java) {
        public Port(String name, Kind kind, ElementType type, List<Dim> dims) {
            this(name, kind, type, List.copyOf(dims), name);
        }

        Port called(String javaName) {
            return new Port(name, kind, type, dims, javaName);
        }

        boolean isTensor() {
            return kind == Kind.TENSOR;
        }

        boolean isText() {
            return type == ElementType.STR;
        }

        /** {@code f32[N,3,64,64]} */
        String typeText() {
            return isTensor() ? type.text() + dims.stream().map(Dim::text).collect(Collectors.joining(",", "[", "]"))
                    : kind == Kind.SEQUENCE ? "sequence" : "optional";
        }

        /** The descriptor of the Java type of the elements, or of the whole where this is no tensor. */
        String descriptor() {
            if (!isTensor()) {
                return "L" + wholeType() + ";";
            }
            return switch (type.storage()) {
                case F32 -> "[F";
                case F64 -> "[D";
                case I32 -> "[I";
                case I64 -> "[J";
                case REF -> "[Ljava/lang/String;";
            };
        }

        /** The internal name of the type that holds all of this. */
        String wholeType() {
            return "dev/lathe/runtime/" + (isTensor() ? "Tensor" : kind == Kind.SEQUENCE ? "SequenceValue" : "OptionalValue");
        }

        /** How many elements it has, of each of an open dimension; -1 where two are open, and where it has more than an array holds. */
        int size() {
            if (!isTensor() || openDims() > 1) {
                return -1;
            }
            long n = 1;
            for (Dim d : dims) {
                n = d.extent < 0 ? n : Math.multiplyHigh(n, d.extent) != 0 ? Long.MAX_VALUE : n * d.extent;
            }
            return n >= 0 && n <= Integer.MAX_VALUE ? (int) n : -1;
        }

        long openDims() {
            return dims.stream().filter(d -> d.extent < 0).count();
        }
    }

    /**
     * One {@code run} method.
     *
     * @param inputs one an input, but for pictures, which are followed by width and height
     * @param extents parameters of open dimensions, by symbol
     * @param whole tensors instead of arrays
     * @param width the parameter of a picture's width, as {@code height} of its height; null when no picture is taken
     */
    record Run(List<Param> inputs, Map<String, String> extents, boolean whole, String width, String height) {
        Run(List<Param> inputs, Map<String, String> extents, boolean whole) {
            this(inputs, extents, whole, null, null);
        }

        boolean takes(Port p, String picture) {
            return width != null && p.name.equals(picture);
        }
    }

    /** A parameter: its Java name and its type's descriptor. */
    record Param(String name, String descriptor) {}

    String internalName() {
        return id.replace('.', '/');
    }

    String simpleName() {
        return id.substring(id.lastIndexOf('.') + 1);
    }

    /** The simple name of the nested class that holds several outputs; null when there is one output. */
    String resultName() {
        return outputs.size() == 1 ? null : simpleName().equals("Result") ? "Results" : "Result";
    }

    /** A constant about an input or output: what it says, and a text or an int. */
    record Constant(String says, Object value) {}

    /** The constants, by their Java names. */
    Map<String, Constant> constants() {
        Map<String, Constant> all = new LinkedHashMap<>();
        Names names = new Names("LABELS", "SIGNATURE");
        for (List<Port> ports : List.of(inputs, outputs)) {
            for (Port p : ports) {
                String c = names.add(Names.constant(p.java), "", "_TYPE", "_SIZE");
                all.put(c, new Constant("The name of an input or output.", p.name));
                all.put(c + "_TYPE", new Constant("Its element type and shape.", p.typeText()));
                int size = p.size();
                if (size >= 0) {
                    String each = p.dims.stream().filter(d -> d.extent < 0).map(Dim::text).collect(Collectors.joining());
                    all.put(c + "_SIZE", new Constant("How many elements it has" + (each.isEmpty() ? "." : ", for each of the open extent {@code " + FacadeSource.text(each) + "}."), size));
                }
            }
        }
        return all;
    }

    /** The {@code run} methods: from arrays alone where all shapes follow from them, from arrays and extents, from whole tensors. */
    List<Run> runs() {
        Names names = new Names("options");
        inputs.forEach(p -> names.add(p.java));
        // an open dimension's parameter, by its symbol; an expression gets one for each of its places
        Map<String, String> extents = new LinkedHashMap<>();
        for (Port p : inputs) {
            for (Dim d : p.dims) {
                if (d.extent < 0 && !extents.containsKey(d.text)) {
                    extents.put(d.text, names.add(d.text));
                }
            }
        }
        List<Run> runs = new ArrayList<>();
        if (picture != null) {
            runs.add(pictures());
        }
        List<Param> arrays = inputs.stream().map(p -> new Param(p.java, p.descriptor())).toList();
        if (inputs.stream().allMatch(p -> p.openDims() <= 1)) {
            runs.add(new Run(arrays, Map.of(), false));
        }
        if (!extents.isEmpty()) {
            runs.add(new Run(arrays, extents, false));
        }
        if (inputs.stream().anyMatch(Port::isTensor)) {
            runs.add(new Run(inputs.stream().map(p -> new Param(p.java, "L" + p.wholeType() + ";")).toList(), Map.of(), true));
        }
        runs.removeIf(r -> r.inputs.size() + r.extents.size() > MOST_PARAMETERS);
        return runs;
    }

    /** From the bytes of pictures, and arrays for all other inputs. */
    private Run pictures() {
        Names names = new Names("options");
        inputs.forEach(p -> names.add(p.java));
        String width = names.add("width");
        String height = names.add("height");
        Map<String, String> extents = new LinkedHashMap<>();
        List<Param> params = new ArrayList<>();
        for (Port p : inputs) {
            boolean takes = p.name.equals(picture);
            params.add(new Param(p.java, takes ? "[B" : p.descriptor()));
            if (takes) {
                params.add(new Param(width, "I"));
                params.add(new Param(height, "I"));
            } else if (inputs.stream().anyMatch(i -> !i.name.equals(picture) && i.openDims() > 1)) {
                p.dims.stream().filter(d -> d.extent < 0).forEach(d -> extents.computeIfAbsent(d.text, names::add));
            }
        }
        return new Run(params, extents, false, width, height);
    }

    /** What {@code main} prints. */
    String signature() {
        StringBuilder s = new StringBuilder(id).append(": model ").append(model).append(", compiled by Lathe ").append(compiler).append(" for ")
                .append(String.join(", ", targets)).append('\n');
        inputs.forEach(p -> s.append("  input   ").append(p.name).append(": ").append(p.typeText()).append(p.name.equals(picture) ? ", pictures" : "").append('\n'));
        outputs.forEach(p -> s.append("  output  ").append(p.name).append(": ").append(p.typeText()).append('\n'));
        if (!labels.isEmpty()) {
            s.append("  labels  ").append(labels.stream().limit(20).collect(Collectors.joining(", "))).append(labels.size() > 20 ? ", ..." : "").append('\n');
        }
        for (Run r : runs()) {
            s.append("  ").append(FacadeSource.declaration(this, r).replaceAll("(dev\\.lathe\\.runtime|java\\.lang)\\.", "")).append('\n');
        }
        s.setLength(s.length() - 1);
        // a constant string holds 65,535 bytes
        return s.length() <= 20_000 ? s.toString() : s.substring(0, 20_000) + "...";
    }

    /** What the labels are, for people: the output that has as many numbers, and in which dimension; the innermost one of the first output that fits. */
    String scored() {
        int deepest = outputs.stream().mapToInt(p -> p.dims.size()).max().orElse(0);
        for (int back = 1; back <= deepest; back++) {
            for (Port p : outputs) {
                int axis = p.dims.size() - back;
                if (axis >= 0 && p.dims.get(axis).extent == labels.size()) {
                    return "What " + (back == 1 ? "the last dimension" : "dimension " + axis + " (the first is 0)") + " of {@code " + FacadeSource.text(p.name) + "} scores, in order.";
                }
            }
        }
        return "Names of classes, in order; no output declares an extent of " + labels.size() + ".";
    }

    /** The labels as lines, in parts that fit into constants; empty when there are none. */
    List<String> labelParts() {
        String all = labels.stream().map(l -> l.replace('\n', ' ')).collect(Collectors.joining("\n"));
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < all.length(); i += 20_000) {
            parts.add(all.substring(i, Math.min(all.length(), i + 20_000)));
        }
        return parts;
    }
}
