package dev.lathe.compiler.paddle.pir;

import dev.lathe.compiler.diag.Faults;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.paddle.proto.BlockDesc;
import dev.lathe.compiler.paddle.proto.OpDesc;
import dev.lathe.compiler.paddle.proto.ProgramDesc;
import dev.lathe.compiler.paddle.proto.VarDesc;
import dev.lathe.compiler.tensor.JsonReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a program in JSON. Values have numbers there, and become variables with names; a value that is a list of tensors becomes a
 * list of variables. Constants that are operands become attributes where version 2 has attributes.
 */
public final class PirReader {
    /** Programs of version 3 have values of rank 0. */
    private static final long VERSION = 3_000_000;

    private final List<BlockDesc> blocks = new ArrayList<>();
    private final Map<Long, List<String>> values = new HashMap<>();
    private final Map<String, List<Object>> constants = new HashMap<>();
    private final Map<String, VarDesc> parameters = new LinkedHashMap<>();
    private int feeds;
    private int fetches;

    private PirReader() {}

    /** @param source the file's name, for messages */
    public static ProgramDesc read(ByteBuffer bytes, String source) {
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
            Map<String, Object> all = PirValues.object(JsonReader.parse(text), "the file");
            Object magic = PirValues.object(all.get("base_code"), "base_code").get("magic");
            if (!"pir".equals(magic)) {
                throw new LatheException("", "its base_code says \"" + magic + "\", not \"pir\"");
            }
            return new PirReader().program(PirValues.object(all.get("program"), "program"));
        } catch (JsonReader.JsonException e) {
            throw new LatheException(source, "the file is truncated or damaged, or not a PaddlePaddle program: " + e.getMessage(), "export or download the file again");
        } catch (CharacterCodingException e) {
            throw new LatheException(source, "the file is damaged: it is no UTF-8 text", "export or download the file again");
        } catch (LatheException e) {
            throw e.within(source);
        } catch (ClassCastException | NullPointerException | IndexOutOfBoundsException | IllegalArgumentException | ArithmeticException e) {
            throw Faults.because(new LatheException(source, "the file is damaged, or not a PaddlePaddle program: something in it has another form than it should",
                    "export or download the file again"), e);
        }
    }

    private ProgramDesc program(Map<String, Object> p) {
        List<Map<String, Object>> regions = PirValues.objects(p.get("regions"), "regions");
        if (regions.size() != 1) {
            throw new LatheException("", "the program has " + regions.size() + " regions, not 1");
        }
        // its number is that of its place: the main block is 0
        blocks.add(null);
        blocks.set(0, block(regions.get(0), 0, -1));
        Map<String, VarDesc> vars = blocks.get(0).vars();
        parameters.forEach(vars::putIfAbsent);
        return new ProgramDesc(List.copyOf(blocks), VERSION);
    }

    /** What a region's only block holds. */
    private BlockDesc block(Map<String, Object> region, int index, int parent) {
        List<Map<String, Object>> all = PirValues.objects(region.get("blocks"), "blocks");
        if (all.size() != 1) {
            throw new LatheException("", "a region has " + all.size() + " blocks, not 1");
        }
        Map<String, VarDesc> vars = new LinkedHashMap<>();
        List<OpDesc> ops = new ArrayList<>();
        return new BlockDesc(index, parent, vars, operations(all.get(0), vars, ops, index));
    }

    private List<OpDesc> operations(Map<String, Object> block, Map<String, VarDesc> vars, List<OpDesc> ops, int index) {
        for (Map<String, Object> a : PirValues.objects(block.getOrDefault("args", List.of()), "args")) {
            long id = PirValues.whole(a.containsKey("%") ? a.get("%") : a.get("#"));
            result(id, a.get("TT"), "arg" + -id, vars);
        }
        for (Map<String, Object> o : PirValues.objects(block.get("ops"), "ops")) {
            String name = PirValues.text(o.get("#"), "an operation's name");
            try {
                operation(name, o, vars, ops, index);
            } catch (LatheException e) {
                throw e.within("operation \"" + name + "\"");
            }
        }
        return ops;
    }

    /** Names a result and says what it is. @return its variables: one, or as many as a list has */
    private List<String> result(long id, Object type, String name, Map<String, VarDesc> vars) {
        List<String> names = new ArrayList<>();
        List<VarDesc> types = PirValues.types(type, name);
        boolean list = PirValues.isList(type);
        for (int i = 0; i < types.size(); i++) {
            String n = list ? name + "." + i : name;
            names.add(n);
            VarDesc t = types.get(i);
            vars.put(n, new VarDesc(n, t.kind(), t.tensor(), 0, false));
        }
        if (values.putIfAbsent(id, names) != null) {
            throw new LatheException("", "value " + id + " is defined twice");
        }
        return names;
    }

    private List<String> operand(Object o) {
        long id = PirValues.whole(PirValues.object(o, "an operand").get("%"));
        if (id == 0) {
            return List.of();
        }
        List<String> names = values.get(id);
        if (names == null) {
            throw new LatheException("", "value " + id + " is used before it is defined");
        }
        return names;
    }

    private List<List<String>> operands(Map<String, Object> o) {
        return PirValues.list(o.getOrDefault("I", List.of()), "operands").stream().map(this::operand).toList();
    }

    private List<List<String>> results(Map<String, Object> o, Map<String, VarDesc> vars) {
        List<List<String>> r = new ArrayList<>();
        for (Map<String, Object> v : PirValues.objects(o.getOrDefault("O", List.of()), "results")) {
            long id = PirValues.whole(v.getOrDefault("%", 0L));
            r.add(id == 0 ? List.of() : result(id, v.get("TT"), "v" + id, vars));
        }
        return r;
    }

    // ---- operations ---------------------------------------------------------------------------------------------

    private void operation(String name, Map<String, Object> o, Map<String, VarDesc> vars, List<OpDesc> ops, int index) {
        switch (name) {
            case "p" -> {
                Map<String, Object> v = PirValues.object(o.get("O"), "the parameter");
                parameter(PirValues.text(PirValues.list(o.get("A"), "attributes").get(3), "the parameter's name"), v);
            }
            case "0.parameter", "0.constant" -> {
                Map<String, Object> a = PirValues.attrs(o.get("A"));
                Object own = a.getOrDefault("parameter_name", a.get("value"));
                parameter(PirValues.text(own, "the parameter's name"), PirValues.objects(o.get("O"), "results").get(0));
            }
            case "0.combine" -> {
                List<String> all = new ArrayList<>();
                operands(o).forEach(all::addAll);
                values.put(id(o, 0), all);
            }
            case "0.split" -> {
                List<String> all = operands(o).get(0);
                for (int i = 0; i < all.size(); i++) {
                    values.put(id(o, i), List.of(all.get(i)));
                }
            }
            case "0.slice" -> {
                long i = PirValues.whole(PirValues.attrs(o.get("A")).get("index"));
                values.put(id(o, 0), List.of(operands(o).get(0).get(Math.toIntExact(i))));
            }
            case "1.data", "1.feed" -> {
                String n = PirValues.text(PirValues.attrs(o.get("A")).get("name"), "the input's name");
                result(id(o, 0), PirValues.objects(o.get("O"), "results").get(0).get("TT"), n, vars);
                ops.add(new OpDesc("feed", Map.of(), Map.of("Out", List.of(n)), Map.of("col", (long) feeds++)));
            }
            case "1.fetch", "0.shadow_output", "0.set_parameter" -> {
                Map<String, Object> a = PirValues.attrs(o.get("A"));
                Object wish = a.getOrDefault("name", a.get("output_name"));
                String n = wish instanceof String s && !s.isEmpty() && !vars.containsKey(s) ? s : "fetch_name_" + fetches;
                ops.add(new OpDesc("share_data", Map.of("X", operands(o).get(0)), Map.of("Out", List.of(n)), Map.of()));
                ops.add(new OpDesc("fetch", Map.of("X", List.of(n)), Map.of(), Map.of("col", (long) fetches++)));
            }
            case "1.if" -> choice(o, vars, ops, index);
            case "1.while" -> loop(o, vars, ops, index);
            case "1.array_write_", "1.array_write" -> {
                // the array that is written has a new value afterwards
                List<List<String>> in = operands(o);
                List<String> out = results(o, vars).get(0);
                ops.add(new OpDesc("share_data", Map.of("X", in.get(0)), Map.of("Out", out), Map.of()));
                ops.add(new OpDesc("write_to_array", Map.of("X", in.get(1), "I", in.get(2)), Map.of("Out", out), Map.of()));
            }
            case "2.yield", "1.assert", "1.memcpy_d2h_multi_io" -> { }
            default -> plain(name, o, vars, ops);
        }
    }

    private static long id(Map<String, Object> o, int i) {
        return PirValues.whole(PirValues.objects(o.get("O"), "results").get(i).get("%"));
    }

    private void parameter(String name, Map<String, Object> v) {
        VarDesc t = PirValues.types(v.get("TT"), name).get(0);
        parameters.put(name, new VarDesc(name, t.kind(), t.tensor(), 0, true));
        values.put(PirValues.whole(v.get("%")), List.of(name));
    }

    private void plain(String name, Map<String, Object> o, Map<String, VarDesc> vars, List<OpDesc> ops) {
        String dialect = name.startsWith("1.") ? "pd_op." : name.startsWith("0.") ? "builtin." : "";
        PirOps.Row row = name.startsWith("1.") ? PirOps.find(name.substring(2)) : null;
        List<List<String>> in = operands(o);
        List<List<String>> out = results(o, vars);
        if (row == null) {
            // it is listed with all others that aren't known
            ops.add(new OpDesc(dialect + name.substring(name.indexOf('.') + 1), Map.of(), Map.of(), Map.of()));
            return;
        }
        Map<String, Object> attrs = new LinkedHashMap<>(row.fixed());
        PirValues.attrs(o.get("A")).forEach((n, v) -> attrs.put(row.attrs().getOrDefault(n, n), v));
        Map<String, List<String>> inputs = new LinkedHashMap<>();
        for (int i = 0; i < in.size() && i < row.operands().size(); i++) {
            String slot = row.operands().get(i);
            if (in.get(i).isEmpty() || slot.equals("-")) {
                continue;
            }
            if (slot.startsWith("@") || slot.startsWith("%")) {
                List<Object> known = constants.get(in.get(i).get(0));
                if (known == null) {
                    throw new LatheException("", "its operand " + slot.substring(1) + " is computed while the program runs, which is not supported");
                }
                attrs.put(slot.substring(1), slot.startsWith("@") ? known : known.get(0));
            } else {
                inputs.put(slot, in.get(i));
            }
        }
        Map<String, List<String>> outputs = new LinkedHashMap<>();
        for (int i = 0; i < out.size() && i < row.results().size(); i++) {
            if (!row.results().get(i).equals("-")) {
                outputs.put(row.results().get(i), out.get(i));
            }
        }
        if (row.old().equals("full") || row.old().equals("full_int_array") || row.old().equals("assign_value")) {
            Object v = attrs.getOrDefault("value", attrs.get("values"));
            constants.put(out.get(0).get(0), v instanceof List<?> many ? new ArrayList<>(many) : new ArrayList<>(List.of(v)));
        }
        ops.add(new OpDesc(row.old(), inputs, outputs, attrs));
    }

    // ---- regions ------------------------------------------------------------------------------------------------

    private static List<String> single(List<List<String>> values) {
        List<String> r = new ArrayList<>();
        for (List<String> v : values) {
            if (v.size() != 1) {
                throw new LatheException("", "a list of tensors goes into or out of it, which is not supported");
            }
            r.add(v.get(0));
        }
        return r;
    }

    /** Adds a region as a block. @return its number */
    private int inner(Map<String, Object> region, int parent) {
        int number = blocks.size();
        blocks.add(null);
        blocks.set(number, block(region, number, parent));
        return number;
    }

    /** The variables that a region's last operation gives back. */
    private List<String> yields(Map<String, Object> region) {
        List<Map<String, Object>> ops = PirValues.objects(PirValues.objects(region.get("blocks"), "blocks").get(0).get("ops"), "ops");
        Map<String, Object> last = ops.isEmpty() ? Map.of() : ops.get(ops.size() - 1);
        return "2.yield".equals(last.get("#")) ? single(operands(last)) : List.of();
    }

    private void choice(Map<String, Object> o, Map<String, VarDesc> vars, List<OpDesc> ops, int index) {
        List<Map<String, Object>> regions = PirValues.objects(o.get("regions"), "regions");
        Map<String, Object> attrs = new LinkedHashMap<>();
        attrs.put("sub_block", (long) inner(regions.get(0), index));
        attrs.put("then", yields(regions.get(0)));
        attrs.put("else_block", (long) inner(regions.get(1), index));
        attrs.put("else", yields(regions.get(1)));
        ops.add(new OpDesc("if", Map.of("Cond", single(operands(o))), Map.of("Out", single(results(o, vars))), attrs));
    }

    private void loop(Map<String, Object> o, Map<String, VarDesc> vars, List<OpDesc> ops, int index) {
        Map<String, Object> region = PirValues.objects(o.get("regions"), "regions").get(0);
        List<String> in = single(operands(o));
        Map<String, Object> attrs = new LinkedHashMap<>();
        attrs.put("sub_block", (long) inner(region, index));
        List<String> args = new ArrayList<>();
        for (Map<String, Object> a : PirValues.objects(PirValues.objects(region.get("blocks"), "blocks").get(0).getOrDefault("args", List.of()), "args")) {
            args.addAll(values.get(PirValues.whole(a.containsKey("%") ? a.get("%") : a.get("#"))));
        }
        attrs.put("args", args);
        attrs.put("yields", yields(region));
        Map<String, List<String>> inputs = Map.of("Condition", in.subList(0, 1), "X", in.subList(1, in.size()));
        ops.add(new OpDesc("while_loop", inputs, Map.of("Out", single(results(o, vars))), attrs));
    }
}
