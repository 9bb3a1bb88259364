package dev.lathe.codegen.lib;

import dev.lathe.runtime.LatheRuntimeException;
import dev.lathe.runtime.State;

/** What loops check while they run. */
public final class Control {
    private Control() {}

    /** Refuses a turn whose contribution to a collected result has another extent than the turns before. */
    public static void sameExtent(State s, int turn, int before, int now, String name) {
        if (turn > 0 && before != now) {
            throw new LatheRuntimeException("'" + name + "' collects elements of one shape, but turn " + turn + " gives an extent of " + now
                    + " where earlier ones gave " + before);
        }
    }
}
