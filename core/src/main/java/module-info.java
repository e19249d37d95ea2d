/**
 * UniPELT for Java: tunes pretrained language models by a small share of their weights.
 *
 * <p>Exported is what a program uses: its rows ({@code data}), base models ({@code hub}), trainings ({@code run}, {@code
 * training}), tuned models ({@code tuned}), files of other libraries ({@code interop}), and what their signatures name. The
 * families of backbones and everything about files is this project's own.
 *
 * <p>The natives of libtorch are modules that no other requires, another one on every platform: start a program with {@code
 * --add-modules ALL-MODULE-PATH}.
 */
module org.unipelt.core {
    requires transitive org.bytedeco.pytorch;
    requires transitive com.fasterxml.jackson.databind;
    requires ai.djl.tokenizers;
    requires ai.djl.api;
    requires com.fasterxml.jackson.datatype.jdk8;
    requires com.google.protobuf;
    // Named after its file: the jar has no module's name of its own.
    requires hipparchus.stat;
    requires static transitive org.jspecify;
    requires java.net.http;
    requires org.apache.commons.csv;
    requires org.apache.commons.text;

    exports org.unipelt;
    exports org.unipelt.backbone;
    exports org.unipelt.data;
    exports org.unipelt.download;
    exports org.unipelt.generation;
    exports org.unipelt.hub;
    exports org.unipelt.interop;
    exports org.unipelt.method;
    exports org.unipelt.metric;
    exports org.unipelt.run;
    exports org.unipelt.runtime;
    exports org.unipelt.task;
    exports org.unipelt.tensor;
    exports org.unipelt.text;
    exports org.unipelt.tracking;
    exports org.unipelt.training;
    exports org.unipelt.tuned;

    // What studies store is written as all else is, and what clients send is read as strictly.
    exports org.unipelt.files to
            org.unipelt.experiment,
            org.unipelt.server;
    exports org.unipelt.format to
            org.unipelt.experiment;

    // Records that files hold: Jackson calls their constructors.
    opens org.unipelt.backbone to
            com.fasterxml.jackson.databind;
    opens org.unipelt.data to
            com.fasterxml.jackson.databind;
    opens org.unipelt.generation to
            com.fasterxml.jackson.databind;
    opens org.unipelt.hub to
            com.fasterxml.jackson.databind;
    opens org.unipelt.metric to
            com.fasterxml.jackson.databind;
    opens org.unipelt.run to
            com.fasterxml.jackson.databind;
    opens org.unipelt.task to
            com.fasterxml.jackson.databind;
    opens org.unipelt.training to
            com.fasterxml.jackson.databind;
    opens org.unipelt.tuned to
            com.fasterxml.jackson.databind;

    uses org.unipelt.data.TableFormat;
    uses org.unipelt.method.MethodFactory;
}
