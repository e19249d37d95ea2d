package org.unipelt.run;

import java.nio.file.Path;
import org.unipelt.InputException;
import org.unipelt.hub.BaseModel;
import org.unipelt.training.Group;

/** A rank in a process of its own: base model, rows, folder, port, rank, world. Says how it ends in one line. */
final class RankProcess {
    private RankProcess() {}

    /** Trains, and ends with 0 if it comes to the end. */
    public static void main(String[] args) {
        int rank = Integer.parseInt(args[4]);
        try (BaseModel base = BaseModel.open(args[0]);
                Group group = Group.join("127.0.0.1", Integer.parseInt(args[3]), rank, Integer.parseInt(args[5]))) {
            GroupTuningTest.tuning(base, Path.of(args[1]), 42).together(group).train(Path.of(args[2]));
            System.out.println("done");
        } catch (InputException e) {
            System.out.println(e.getMessage());
            System.exit(2);
        }
    }
}
