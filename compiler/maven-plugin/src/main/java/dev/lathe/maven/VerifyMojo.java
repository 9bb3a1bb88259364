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
        List<String> wrong = new ArrayList<>();
        for (ModelConfig m : models()) {
            Path jar = model(m);
            getLog().info("verifying " + m.key());
            List<String> line = new ArrayList<>(List.of("verify", jar.toString(), "--threads", Integer.toString(verifyThreads)));
            if (verifyTargets != null) {
                line.addAll(List.of("--target", verifyTargets));
            }
            line.addAll(m.verification());
            Tool.Answer a = run(line);
            if (a.code() == 0) {
                a.out().lines().forEach(getLog()::info);
            } else {
                wrong.add(Verdict.of(m, a));
                if (Verdict.concernsAll(a)) {
                    break;
                }
            }
        }
        if (!wrong.isEmpty()) {
            throw new MojoFailureException(String.join("\n", wrong));
        }
    }

    /** The jar to run: what was recorded is what the model itself takes, so one that takes pictures is compiled without them. */
    private Path model(ModelConfig m) throws MojoExecutionException, MojoFailureException {
        Path jar = m.picture == null ? jar(m) : work(m.key() + "-tensors.jar");
        try {
            String wrong = new Compilation(m, m.tensorsOnly(), jar).make(getLog());
            if (!wrong.isEmpty()) {
                throw new MojoFailureException(wrong);
            }
        } catch (IOException e) {
            throw new MojoExecutionException("can't make " + jar + ": " + e, e);
        }
        return jar;
    }

    /** In a Java of its own, since Maven's runs without the module of vector instructions. */
    private Tool.Answer run(List<String> line) throws MojoExecutionException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules", "jdk.incubator.vector", "-cp",
                artifacts.stream().map(a -> a.getFile().getPath()).collect(Collectors.joining(File.pathSeparator)), "dev.lathe.compiler.cli.Main"));
        command.addAll(line);
        try {
            Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
            p.getOutputStream().close();
            String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines()
                    .filter(l -> !l.startsWith("WARNING: Using incubator modules")).collect(Collectors.joining("\n"));
            return new Tool.Answer(p.waitFor(), said, "");
        } catch (IOException e) {
            throw new MojoExecutionException("can't start " + command.get(0) + ": " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MojoExecutionException("interrupted", e);
        }
    }
}
