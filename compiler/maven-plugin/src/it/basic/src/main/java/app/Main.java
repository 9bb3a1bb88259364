package app;

public class Main {
    public static void main(String[] args) {
        try (Net net = Net.load()) {
            System.out.println("gives " + java.util.Arrays.toString(net.run(new float[] {1, 2, 3, 4})));
        }
        try (Picture picture = Picture.load()) {
            float[] scores = picture.run(new byte[] {(byte) 255, 0, 0}, 1, 1);
            System.out.println(Picture.LABELS + " " + scores[0] + " " + scores[1]);
        }
    }
}
