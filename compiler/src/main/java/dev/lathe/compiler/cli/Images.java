package dev.lathe.compiler.cli;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.picture.Picture;
import dev.lathe.compiler.picture.PictureInput;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Pictures;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.Tensor;
import dev.lathe.runtime.TensorSpec;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/**
 * Picture files as inputs. For a model that takes tensors, what a model compiled for pictures does with them is done
 * here: the same operations run as a model of their own.
 */
final class Images {
    private Images() {}

    /**
     * The picture as the input takes it.
     *
     * @param stamp of the model, which says whether it takes pictures as they are
     */
    static Tensor read(Path file, TensorSpec spec, ImageOptions options, Map<String, String> stamp) {
        BufferedImage image = decode(file);
        byte[] rgb = Pictures.rgb(image);
        if (spec.name().equals(stamp.get("picture.input"))) {
            if (options.given()) {
                throw new LatheException(file.toString(), "the model prepares pictures by itself, in the way that it was compiled for",
                        "leave out the options for pictures, or compile it again");
            }
            int[] shape = {1, image.getHeight(), image.getWidth(), 3};
            return Tensor.ofBytes(rgb, true, spec.dims().size() == 3 ? Arrays.copyOfRange(shape, 1, 4) : shape);
        }
        try {
            return prepared(image, rgb, spec, options.picture().withInput("image"));
        } catch (LatheException e) {
            throw new LatheException(file.toString(), "input " + spec + " takes no picture: " + e.getMessage(), e.help());
        }
    }

    private static BufferedImage decode(Path file) {
        try (java.io.InputStream in = Files.newInputStream(file)) {
            BufferedImage image = ImageIO.read(in);
            if (image == null) {
                throw new LatheException(file.toString(), "this is no image that Java can read", "PNG, JPEG, GIF and BMP can be read");
            }
            return image;
        } catch (NoSuchFileException e) {
            throw new LatheException(file.toString(), "there is no such file");
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new LatheException(file.toString(), "the image can't be read: " + e.getMessage());
        }
    }

    private static Tensor prepared(BufferedImage image, byte[] rgb, TensorSpec spec, Picture options) {
        int rank = spec.dims().size();
        if (spec.kind() != TensorSpec.Kind.TENSOR || rank < 3 || rank > 4) {
            throw new LatheException("", "it has not three or four dimensions", "give an .npy file");
        }
        boolean last = options.layout() == null ? !channels(spec.dims().get(rank - 3)) && channels(spec.dims().get(rank - 1)) : options.layout() == Picture.Layout.NHWC;
        int rows = last ? rank - 3 : rank - 2;
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            TensorSpec.Dim d = spec.dims().get(i);
            int own = i < rank - 3 ? 1 : i == rows ? options.size() == null ? image.getHeight() : options.size().get(0)
                    : i == rows + 1 ? options.size() == null ? image.getWidth() : options.size().get(1) : options.channels() == Picture.Channels.GREY ? 1 : 3;
            // a fixed extent, or the picture's own within the bounds
            dims.add(Dim.of(Math.max(d.min(), Math.min(d.max(), own))));
        }
        GraphBuilder b = new GraphBuilder();
        Value in = b.input("image", Type.tensor(spec.type(), dims));
        Graph g = b.finish("picture", List.of(b.add("identity", List.of(in), Attrs.NONE, List.of(), "prepared").get(0)));
        CompilerOptions o = CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE));
        Graph taking = Lathe.optimise(PictureInput.prepend(g, options));
        try (Model m = ModelFile.load(Lathe.assemble(List.of(taking), List.of("any"), o), ModelOptions.DEFAULT.withTarget(Target.PORTABLE))) {
            int[] shape = {1, image.getHeight(), image.getWidth(), 3};
            Tensor bytes = Tensor.ofBytes(rgb, true, rank == 3 ? Arrays.copyOfRange(shape, 1, 4) : shape);
            return (Tensor) m.runAny(Map.of("image", bytes)).get("prepared");
        }
    }

    private static boolean channels(TensorSpec.Dim d) {
        return d.isStatic() && (d.min() == 1 || d.min() == 3);
    }
}
