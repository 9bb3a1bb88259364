/** All that compiled models need to run. */
module dev.lathe.runtime {
    // for Pictures alone
    requires static java.desktop;
    // for events, where there is a flight recorder
    requires static jdk.jfr;

    exports dev.lathe.runtime;
}
