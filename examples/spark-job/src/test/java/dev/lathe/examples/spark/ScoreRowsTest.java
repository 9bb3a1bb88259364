package dev.lathe.examples.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoreRowsTest {
    private static final int ROWS = 3000;

    /** The job's scores are, bit for bit, those of one process that scores row after row. */
    @Test
    void scoresLikeOneProcess(@TempDir Path dir) throws IOException {
        Random random = new Random(5);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            Object[] values = new Object[1 + ScoreRows.FEATURES];
            values[0] = (long) i;
            for (int k = 1; k < values.length; k++) {
                values[k] = (float) random.nextGaussian();
            }
            rows.add(RowFactory.create(values));
        }
        StructType schema = new StructType().add("id", DataTypes.LongType, false);
        for (int k = 0; k < ScoreRows.FEATURES; k++) {
            schema = schema.add("f" + k, DataTypes.FloatType, false);
        }
        String in = dir.resolve("in.parquet").toString();
        String out = dir.resolve("out.parquet").toString();
        List<Row> scored;
        try (SparkSession spark = ScoreRows.session()) {
            spark.createDataFrame(rows, schema).repartition(4).write().parquet(in);
            ScoreRows.score(spark, in, out);
            scored = spark.read().parquet(out).orderBy("id").collectAsList();
        }
        assertEquals(ROWS, scored.size());
        Set<Float> different = new HashSet<>();
        try (Scores model = Scores.load()) {
            for (int i = 0; i < ROWS; i++) {
                float[] features = new float[ScoreRows.FEATURES];
                for (int k = 0; k < features.length; k++) {
                    features[k] = rows.get(i).getFloat(1 + k);
                    assertEquals(features[k], scored.get(i).getFloat(1 + k));
                }
                float want = model.run(features)[0];
                float got = scored.get(i).getFloat(1 + ScoreRows.FEATURES);
                assertEquals(Float.floatToIntBits(want), Float.floatToIntBits(got), "row " + i + ": " + want + ", and " + got + " in the job");
                different.add(got);
            }
        }
        assertTrue(different.size() > ROWS / 2, "nearly all scores are the same");
    }
}
