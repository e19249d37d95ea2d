package example;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.unipelt.data.Dataset;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.Tuning;
import org.unipelt.tuned.TunedModel;

/** Learns the topics of customers' messages, and names the topic of another one. */
public final class Messages {
    /** A row of the program; yours may come from a database. */
    record Message(String text, String topic) {}

    private Messages() {}

    /** Takes two arguments: a file with a text and a topic in each line, and the folder of the tuned model, which is new. */
    public static void main(String[] arguments) throws IOException {
        Dataset rows = Dataset.of(read(Path.of(arguments[0])), Message::text, Message::topic);
        Path folder = Path.of(arguments[1]);
        try (BaseModel base = BaseModel.open("bge-small")) {
            Tuning.of(base, "probe").on(rows).train(folder).close();
            try (TunedModel model = TunedModel.load(folder, base)) {
                System.out.println(model.predict("I was charged twice for one order").text());
            }
        }
    }

    private static List<Message> read(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .skip(1)
                .map(line -> line.split("\t"))
                .map(cells -> new Message(cells[0], cells[1]))
                .toList();
    }
}
