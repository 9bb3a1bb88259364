module app {
    requires dev.lathe.runtime;
}
