package dev.lathe.maven;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/**
 * Runs the compiled models on recorded inputs and compares the results with recorded outputs. Comparing
 * nothing is a failure.
 */
@Mojo(name = "verify", defaultPhase = LifecyclePhase.VERIFY, threadSafe = true)
public final class VerifyMojo extends ModelsMojo {
    @Parameter(defaultValue = "${plugin.artifacts}", readonly = true, required = true)
    private List<Artifact> artifacts;

    /** The targets to run, of those that the model was compiled for; this machine's best when absent. */
    @Parameter(property = "lathe.verify.targets")
    private String verifyTargets;

    /** Threads of a session; results don't depend on them. */
    @Parameter(property = "lathe.verify.threads", defaultValue = "1")
    private int verifyThreads;

    @Override
    public void execute() throws MojoExecutionException, MojoFailureException {
        if (skip) {
            getLog().info("models are skipped");
            return;
        }
        for (ModelConfig m : models()) {
            List<String> line = new ArrayList<>(List.of("verify", model(m).toString(), "--threads", Integer.toString(verifyThreads)));
            if (verifyTargets != null) {
                line.addAll(List.of("--target", verifyTargets));
            }
            line.addAll(m.verification());
            verify(m, line);
        }
    }

    /** The jar to run: what was recorded is what the model itself takes, so one that takes pictures is compiled without them. */
    private Path model(ModelConfig m) throws MojoFailureException {
        if (m.picture == null) {
            return jar(m);
        }
        Path jar = jar(m).resolveSibling(m.key() + "-tensors.jar");
        List<String> line = m.tensorsOnly();
        line.addAll(List.of("-o", jar.toString()));
        Tool.Answer a = Tool.run(line);
        if (a.code() != 0) {
            throw new MojoFailureException(PomWords.of(a.text()));
        }
        return jar;
    }

    /** In a Java of its own, since Maven's runs without the module of vector instructions. */
    private void verify(ModelConfig m, List<String> line) throws MojoExecutionException, MojoFailureException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules", "jdk.incubator.vector", "-cp",
                artifacts.stream().map(a -> a.getFile().getPath()).collect(Collectors.joining(File.pathSeparator)), "dev.lathe.compiler.cli.Main"));
        command.addAll(line);
        try {
            Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
            p.getOutputStream().close();
            String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines()
                    .filter(l -> !l.startsWith("WARNING: Using incubator modules")).collect(Collectors.joining("\n"));
            if (p.waitFor() != 0) {
                throw new MojoFailureException(m.key() + " does not compute what was recorded:\n" + said);
            }
            said.lines().forEach(getLog()::info);
        } catch (IOException e) {
            throw new MojoExecutionException("can't start " + command.get(0) + ": " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MojoExecutionException("interrupted", e);
        }
    }
}
