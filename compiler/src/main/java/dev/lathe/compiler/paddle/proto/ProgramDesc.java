package dev.lathe.compiler.paddle.proto;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.onnx.proto.WireReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A whole program: block 0 is run, the others are bodies of its control operations. */
public record ProgramDesc(List<BlockDesc> blocks, long version) {
    /** @param source the file's name, for messages */
    public static ProgramDesc read(ByteBuffer bytes, String source) {
        WireReader r = WireReader.of(bytes, source, "ProgramDesc");
        List<BlockDesc> blocks = new ArrayList<>();
        long version = 0;
        while (r.next()) {
            switch (r.field()) {
                case 1 -> blocks.add(BlockDesc.read(r.message("blocks", "BlockDesc")));
                case 4 -> {
                    WireReader v = r.message("version", "Version");
                    while (v.next()) {
                        if (v.field() == 1) {
                            version = v.int64("version");
                        } else {
                            v.skip();
                        }
                    }
                }
                default -> r.skip();
            }
        }
        if (blocks.isEmpty() || blocks.get(0).ops().isEmpty()) {
            throw new LatheException(source, "the file is truncated or damaged, or not a PaddlePaddle program: it has no operations",
                    "export or download the file again");
        }
        return new ProgramDesc(blocks, version);
    }
}
