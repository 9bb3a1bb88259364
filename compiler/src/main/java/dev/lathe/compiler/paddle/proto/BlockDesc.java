package dev.lathe.compiler.paddle.proto;

import dev.lathe.compiler.onnx.proto.WireReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A list of operations and the variables that they work on; variables of the blocks around are seen, too. */
public record BlockDesc(int index, int parent, Map<String, VarDesc> vars, List<OpDesc> ops) {
    static BlockDesc read(WireReader r) {
        int index = 0;
        int parent = -1;
        Map<String, VarDesc> vars = new LinkedHashMap<>();
        List<OpDesc> ops = new ArrayList<>();
        while (r.next()) {
            switch (r.field()) {
                case 1 -> index = r.int32("idx");
                case 2 -> parent = r.int32("parent_idx");
                case 3 -> {
                    VarDesc v = VarDesc.read(r.message("vars", "VarDesc"));
                    vars.put(v.name(), v);
                }
                case 4 -> ops.add(OpDesc.read(r.message("ops", "OpDesc")));
                default -> r.skip();
            }
        }
        return new BlockDesc(index, parent, vars, ops);
    }
}
