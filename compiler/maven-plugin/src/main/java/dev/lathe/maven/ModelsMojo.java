package dev.lathe.maven;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Parameter;

/** What the goals share: which models there are, and where their jars lie. */
abstract class ModelsMojo extends AbstractMojo {
    /**
     * The models, each a {@code <model>} of these elements: {@code <source>}, the model's file or folder; {@code <className>};
     * {@code <targets>}, of portable, avx2, avx512, neon; {@code <shapes>} to specialise for; {@code <labels>}, a file;
     * {@code <picture>}, how pictures become its input; {@code <winograd>}; {@code <steps>}; {@code <signature>}; {@code <data>}, recorded folders, with
     * {@code <rtol>}, {@code <atol>} and {@code <recordingOnly>}, for the goal verify; {@code <dump>}, a folder; {@code <arguments>}, more of those of lathe compile.
     */
    @Parameter
    private List<ModelConfig> models = new ArrayList<>();

    /** Where the compiled models and their fingerprints are kept. */
    @Parameter(defaultValue = "${project.build.directory}/lathe", readonly = true)
    private File work;

    /** Does nothing. */
    @Parameter(property = "lathe.skip", defaultValue = "false")
    boolean skip;

    List<ModelConfig> models() throws MojoFailureException {
        if (models.isEmpty()) {
            getLog().warn("there are no models: <models> is missing from the <configuration> of this execution, or empty");
        }
        Set<String> keys = new HashSet<>();
        for (ModelConfig m : models) {
            if (m.source == null) {
                throw new MojoFailureException("error: a <model> has no <source>\n  help: <model><source>src/main/models/net.onnx</source></model>");
            }
            if (!m.source.exists()) {
                throw new MojoFailureException("error: " + m.source + ": there is no such model\n  help: <source> is relative to the project's folder");
            }
            if (!keys.add(m.key())) {
                throw new MojoFailureException("error: two models would be called " + m.key() + "\n  help: give each a <className> of its own");
            }
        }
        return models;
    }

    Path jar(ModelConfig m) {
        return work(m.key() + ".jar");
    }

    /** A file that the next build finds again. */
    Path work(String name) {
        return work.toPath().resolve(name);
    }
}
