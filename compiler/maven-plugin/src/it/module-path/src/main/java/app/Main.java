package app;

public class Main {
    public static void main(String[] args) {
        try (Net net = Net.load()) {
            System.out.println("gives " + java.util.Arrays.toString(net.run(new float[] {1, 2, 3, 4})));
        }
    }
}
