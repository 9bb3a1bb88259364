package dev.lathe.maven;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.maven.model.Resource;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.project.MavenProject;

/**
 * Compiles models: each becomes a class of the project, with the classes and resources that it needs. A model is
 * compiled again only when its files, its options or the compiler have changed.
 */
@Mojo(name = "compile", defaultPhase = LifecyclePhase.GENERATE_RESOURCES, threadSafe = true)
public final class CompileMojo extends ModelsMojo {
    @Parameter(defaultValue = "${project}", readonly = true, required = true)
    private MavenProject project;

    /** Where the generated Java sources go, one for each model. */
    @Parameter(defaultValue = "${project.build.directory}/generated-sources/lathe")
    private File sources;

    /** Where generated classes and weights go; the project's resources include them. */
    @Parameter(defaultValue = "${project.build.directory}/generated-resources/lathe")
    private File resources;

    @Parameter(defaultValue = "${project.build.outputDirectory}", readonly = true)
    private File classes;

    @Parameter(defaultValue = "${mojoExecution}", readonly = true)
    private MojoExecution execution;

    /** How many models are compiled at a time; as many as there are processors, at most 4, when 0. */
    @Parameter(property = "lathe.jobs", defaultValue = "0")
    private int jobs;

    @Override
    public void execute() throws MojoExecutionException, MojoFailureException {
        if (skip) {
            getLog().info("models are skipped");
            return;
        }
        List<ModelConfig> models = models();
        ExecutorService pool = Executors.newFixedThreadPool(jobs > 0 ? jobs : Math.min(4, Runtime.getRuntime().availableProcessors()));
        List<String> wrong = new ArrayList<>();
        Set<Path> files = ConcurrentHashMap.newKeySet();
        try {
            List<Future<String>> all = models.stream().map(m -> pool.submit(() -> compile(m, files))).toList();
            for (Future<String> f : all) {
                String w = f.get();
                if (!w.isEmpty()) {
                    wrong.add(w);
                }
            }
        } catch (ExecutionException e) {
            throw new MojoExecutionException("a model can't be compiled: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MojoExecutionException("interrupted", e);
        } finally {
            pool.shutdownNow();
        }
        if (!wrong.isEmpty()) {
            throw new MojoFailureException(String.join("\n", wrong));
        }
        try {
            new UnpackedFiles(work("files-" + execution.getExecutionId() + ".txt"), classes.toPath()).replace(files, resources.toPath(), sources.toPath());
        } catch (IOException e) {
            throw new MojoExecutionException("can't tidy " + resources + ": " + e, e);
        }
        project.addCompileSourceRoot(sources.getPath());
        Resource r = new Resource();
        r.setDirectory(resources.getPath());
        project.addResource(r);
    }

    /** Compiles one model when that is needed; returns what is wrong with it, or nothing. */
    private String compile(ModelConfig m, Set<Path> files) throws IOException {
        String wrong = new Compilation(m, m.commandLine(), jar(m)).make(getLog());
        if (wrong.isEmpty()) {
            files.addAll(CompiledJar.unpack(jar(m), resources.toPath(), sources.toPath()));
        }
        return wrong;
    }
}
