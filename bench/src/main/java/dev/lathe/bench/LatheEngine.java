package dev.lathe.bench;

import dev.lathe.compiler.cli.CostTable;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.Datum;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Profile;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.Tensor;
import dev.lathe.runtime.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A compiled jar. Each inference copies the inputs into the session, as every user must, and leaves the outputs there. */
final class LatheEngine implements Engine {
    private final Path jar;
    private final Model model;
    private final Session session;
    private final String[] names;
    private final Tensor[] values;

    LatheEngine(Path jar, Target target, int threads, Map<String, Tensor> inputs) {
        this.jar = jar;
        model = Model.load(jar, ModelOptions.DEFAULT.withTarget(target).withThreads(threads));
        session = model.newSession();
        int n = model.inputs().size();
        names = new String[n];
        values = new Tensor[n];
        for (int i = 0; i < n; i++) {
            names[i] = model.inputs().get(i).name();
            values[i] = inputs.get(names[i]);
            if (values[i] == null) {
                throw new LatheException(jar.toString(), "input \"" + names[i] + "\" is not recorded");
            }
        }
    }

    @Override
    public void infer() {
        for (int i = 0; i < names.length; i++) {
            session.set(names[i], values[i]);
        }
        session.run();
    }

    @Override
    public Map<String, Tensor> outputs() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        for (TensorSpec out : model.outputs()) {
            all.put(out.name(), session.output(out.name()));
        }
        return all;
    }

    /** What the model holds: its weights, and the session's arenas. */
    long bytes() {
        return model.constantBytes() + session.arenaBytes();
    }

    /** Its weights and other constants. */
    long weights() {
        return model.constantBytes();
    }

    /** Bytes that the steps of a run read and write, each element of a step's operands once; NaN where none is known. */
    double moved() {
        Map<String, Datum> given = new LinkedHashMap<>();
        for (int i = 0; i < names.length; i++) {
            given.put(names[i], values[i]);
        }
        Profile p = session.profile();
        infer();
        try {
            return CostTable.of(jar, null, model, session.path(), given, p).knownBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
