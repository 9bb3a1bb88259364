package dev.lathe.bench;

/**
 * How long to measure.
 *
 * @param forks fresh JVMs for each model
 * @param rounds in each fork: first one engine, then the other, then the peak
 * @param roundMillis of one engine in one round
 * @param warmUpMillis of Lathe before the first round; ONNX Runtime, which is compiled already, gets a third
 */
record Plan(int forks, int rounds, long roundMillis, long warmUpMillis) {
    static final Plan QUICK = new Plan(1, 10, 120, 1500);
    static final Plan FULL = new Plan(3, 15, 400, 6000);

    /** Between engines with several threads: those of the one before stop spinning. */
    static final long PAUSE_MILLIS = 60;
    static final long PEAK_MILLIS = 15;
}
