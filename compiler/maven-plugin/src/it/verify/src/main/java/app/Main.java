package app;

class Main {
    Conv conv;
}
