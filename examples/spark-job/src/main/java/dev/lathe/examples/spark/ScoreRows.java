package dev.lathe.examples.spark;

import dev.lathe.runtime.Session;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;

/** Adds a column {@code score} to a Parquet file of rows {@code id, f0, ..., f7}. */
public final class ScoreRows {
    static final int FEATURES = Scores.FEATURES_SIZE;
    private static final int BATCH = 256;

    private ScoreRows() {}

    /** One model for all tasks of a process: executors load it when their first task runs. */
    private static final class Shared {
        static final Scores MODEL = Scores.load();
    }

    public static void main(String[] args) throws IOException {
        try (SparkSession spark = session()) {
            score(spark, args[0], args[1]);
        }
    }

    static SparkSession session() {
        return SparkSession.builder().appName("scores").master("local[2]").config("spark.ui.enabled", "false")
                .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").getOrCreate();
    }

    static void score(SparkSession spark, String in, String out) {
        Dataset<Row> rows = spark.read().parquet(in);
        StructType schema = rows.schema().add("score", DataTypes.FloatType, false);
        MapPartitionsFunction<Row, Row> scored = Scored::new;
        rows.mapPartitions(scored, Encoders.row(schema)).write().parquet(out);
    }

    /** The rows of a task with their scores, a batch at a time; one session, closed when the task ends. */
    private static final class Scored implements Iterator<Row> {
        private final Iterator<Row> rows;
        private final Session session = Shared.MODEL.model().newSession();
        private Iterator<Row> batch = List.<Row>of().iterator();

        Scored(Iterator<Row> rows) {
            this.rows = rows;
            TaskContext.get().addTaskCompletionListener((TaskCompletionListener) c -> session.close());
        }

        @Override
        public boolean hasNext() {
            if (!batch.hasNext() && rows.hasNext()) {
                batch = next(rows);
            }
            return batch.hasNext();
        }

        @Override
        public Row next() {
            if (!hasNext()) {
                throw new java.util.NoSuchElementException();
            }
            return batch.next();
        }

        private Iterator<Row> next(Iterator<Row> from) {
            List<Row> some = new ArrayList<>();
            while (some.size() < BATCH && from.hasNext()) {
                some.add(from.next());
            }
            float[] features = new float[some.size() * FEATURES];
            for (int i = 0; i < features.length; i++) {
                features[i] = some.get(i / FEATURES).getFloat(1 + i % FEATURES);
            }
            float[] scores = new float[some.size()];
            session.set(Scores.FEATURES, features, some.size(), FEATURES).run().copyOutput(Scores.SCORE, scores);
            List<Row> done = new ArrayList<>();
            for (int i = 0; i < scores.length; i++) {
                Object[] values = new Object[FEATURES + 2];
                for (int k = 0; k <= FEATURES; k++) {
                    values[k] = some.get(i).get(k);
                }
                values[FEATURES + 1] = scores[i];
                done.add(RowFactory.create(values));
            }
            return done.iterator();
        }
    }
}
