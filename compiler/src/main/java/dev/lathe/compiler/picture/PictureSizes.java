package dev.lathe.compiler.picture;

import dev.lathe.compiler.diag.Faults;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Graph;
import java.nio.file.Path;
import java.util.List;

/** Sees to it that all paths of a jar do the same with a picture: one size, whatever shapes they are specialised for. */
public final class PictureSizes {
    private final String model;
    private Picture options;
    private List<Long> size;

    /** @param options null for a model that takes no pictures */
    public PictureSizes(Path model, Picture options) {
        this.model = model.toString();
        this.options = options;
    }

    /** The graph of one path that takes pictures. */
    public Graph prepend(Graph g) {
        return Faults.in(model, () -> {
            options = PictureInput.named(g, options);
            List<Long> now = PictureInput.size(g, options);
            if (options.size() == null && size != null && !size.equals(now)) {
                throw new LatheException("", "the shapes give pictures several sizes", "say with --size which one pictures are resized to");
            }
            size = options.size() == null ? now : options.size().stream().map(Integer::longValue).toList();
            return PictureInput.prepend(g, options);
        });
    }

    /** The options with the input's name, and the size where it is known. */
    public Picture options() {
        return size == null || size.contains(-1L) ? options : options.withSize(size.stream().map(Long::intValue).toList());
    }
}
