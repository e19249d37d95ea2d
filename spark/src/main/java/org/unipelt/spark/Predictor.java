package org.unipelt.spark;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.unipelt.InputException;
import org.unipelt.data.ColumnNames;
import org.unipelt.tuned.AdapterCard;

/**
 * Adds the answers of tuned models to a table, as a stage of a Spark ML pipeline. Several models on one base model answer in one
 * pass over the table. For each model, {@code NAME} being its folder's, there are the columns {@code NAME_label} (the class, the
 * labels, the score or the text), {@code NAME_probability} (of a class, else null), {@code NAME_gates} if asked for (a map from
 * sub-module to the mean of its gates), and {@code NAME_error} (why a row has no answer, else null).
 *
 * <p>The tuned models travel to the executors, the base model does not: each executor opens it once, by the name in the models'
 * cards, so every node needs it there.
 *
 * <pre>
 *   Dataset&lt;Row&gt; answered = Predictor.of("models/tickets").setTextCol("message").transform(messages);
 * </pre>
 */
public final class Predictor extends Transformer implements DefaultParamsWritable {
    private static final long serialVersionUID = 1L;

    private static final String ERROR = "_error";
    private static final String TABLE = "the table";

    private final String uid;
    private final StringArrayParam models;
    private final Param<String> textCol;
    private final Param<String> pairCol;
    private final BooleanParam gates;

    /** Creates a stage, as Spark does when it loads a pipeline. */
    public Predictor(String uid) {
        this.uid = uid;
        this.models = new StringArrayParam(this, "models", "folders of tuned models on one base model");
        this.textCol = new Param<>(this, "textCol", "the column of the texts");
        this.pairCol = new Param<>(this, "pairCol", "the column of the second texts, for models of pairs");
        this.gates = new BooleanParam(this, "gates", "whether there are columns with the means of the gates");
        setDefault(gates, false);
    }

    /**
     * Creates a stage for some models. Reads them when it transforms.
     *
     * @param folders folders of tuned models on one base model, as the driver sees them
     */
    public static Predictor of(String... folders) {
        if (folders.length == 0) {
            throw new InputException("there is no model; give the folder of a tuned one");
        }
        Predictor predictor = new Predictor(Identifiable$.MODULE$.randomUID("unipelt"));
        predictor.set(predictor.models, folders.clone());
        return predictor;
    }

    /** Reads stages that a pipeline saved. */
    public static MLReader<Predictor> read() {
        return new DefaultParamsReader<>();
    }

    /** Reads a stage that was saved. */
    public static Predictor load(String path) {
        return read().load(path);
    }

    /** The folders of the models. */
    public StringArrayParam models() {
        return models;
    }

    /** The column of the texts; by default as in the training of the first model, or a usual one such as {@code text}. */
    public Param<String> textCol() {
        return textCol;
    }

    /** The column of the second texts, for models of pairs; by default found as that of the texts. */
    public Param<String> pairCol() {
        return pairCol;
    }

    /** Whether there are columns with the means of the gates. */
    public BooleanParam gates() {
        return gates;
    }

    /** Sets the column of the texts. */
    public Predictor setTextCol(String column) {
        set(textCol, column);
        return this;
    }

    /** Sets the column of the second texts. */
    public Predictor setPairCol(String column) {
        set(pairCol, column);
        return this;
    }

    /** Sets whether there are columns with the means of the gates. Every model must have some; they cost another pass. */
    public Predictor setGates(boolean wanted) {
        set(gates, wanted);
        return this;
    }

    private boolean gated() {
        return (Boolean) $(gates);
    }

    @Override
    public String uid() {
        return uid;
    }

    @Override
    public Predictor copy(ParamMap extra) {
        return defaultCopy(extra);
    }

    /**
     * Returns the columns that a table has afterwards.
     *
     * @throws InputException if a column of texts is missing or no text, or a column of the answers is there already
     */
    @Override
    public StructType transformSchema(StructType schema) {
        return with(schema, readModels());
    }

    /** Models that one pass can answer. */
    private record Read(List<SentModel> sent, AdapterCard first) {}

    private Read readModels() {
        List<Path> folders = Arrays.stream($(models)).map(Path::of).toList();
        List<AdapterCard> cards = folders.stream().map(AdapterCard::read).toList();
        AdapterCard first = cards.get(0);
        for (int i = 0; i < cards.size(); i++) {
            AdapterCard card = cards.get(i);
            String both = "the models " + folders.get(0) + " and " + folders.get(i);
            if (!card.base().fingerprint().equals(first.base().fingerprint())) {
                throw new InputException(both + " are on different base models, "
                        + first.base().name() + " and " + card.base().name()
                        + "; predict with one stage for each base model");
            }
            if (card.pairs() != first.pairs()) {
                throw new InputException("one of " + both
                        + " reads pairs of texts, the other single texts; predict with one stage for each");
            }
            if (gated()) {
                requireGates(folders.get(i), card);
            }
        }
        List<SentModel> sent = new ArrayList<>();
        for (int i = 0; i < cards.size(); i++) {
            sent.add(SentModel.of(folders.get(i), cards.get(i)));
        }
        return new Read(sent, first);
    }

    private static void requireGates(Path folder, AdapterCard card) {
        try {
            card.requireGates();
        } catch (InputException e) {
            throw InputException.about("gates", folder + ": " + e.getMessage());
        }
    }

    private StructType with(StructType schema, Read read) {
        texts(schema, read.first());
        StructType more = schema;
        for (SentModel model : read.sent()) {
            List<StructField> fields = new ArrayList<>();
            fields.add(DataTypes.createStructField(model.name() + "_label", DataTypes.StringType, true));
            fields.add(DataTypes.createStructField(model.name() + "_probability", DataTypes.DoubleType, true));
            if (gated()) {
                fields.add(DataTypes.createStructField(
                        model.name() + "_gates",
                        DataTypes.createMapType(DataTypes.StringType, DataTypes.DoubleType),
                        true));
            }
            fields.add(DataTypes.createStructField(model.name() + ERROR, DataTypes.StringType, true));
            for (StructField field : fields) {
                if (Arrays.asList(more.fieldNames()).contains(field.name())) {
                    throw new InputException(
                            "the table has a column '" + field.name() + "' already; rename it, or the model's folder");
                }
                more = more.add(field);
            }
        }
        return more;
    }

    /** The columns of the texts, one or two. */
    List<String> texts(StructType schema) {
        return texts(schema, AdapterCard.read(Path.of($(models)[0])));
    }

    private List<String> texts(StructType schema, AdapterCard card) {
        ColumnNames names = card.columns();
        if (isSet(textCol)) {
            names = names.withText($(textCol));
        }
        if (isSet(pairCol)) {
            names = names.withPair($(pairCol));
        }
        List<String> texts = names.texts(TABLE, List.of(schema.fieldNames()));
        if (card.pairs() != (texts.size() == 2)) {
            throw new InputException(
                    card.pairs()
                            ? TABLE + ": the model reads pairs of texts; name the column of the second texts"
                            : TABLE + ": the model reads single texts, but there are two columns of texts, '"
                                    + texts.get(0) + "' and '" + texts.get(1) + "'; name one");
        }
        for (String column : texts) {
            DataType holds = schema.apply(column).dataType();
            if (!holds.equals(DataTypes.StringType)) {
                throw new InputException(
                        "the column '" + column + "' holds " + holds.simpleString() + ", but texts are needed");
            }
        }
        return texts;
    }

    /** Returns the column of a model's reasons why rows have no answer. */
    static String error(Path model) {
        return model.toAbsolutePath().normalize().getFileName() + ERROR;
    }

    @Override
    public Dataset<Row> transform(Dataset<?> table) {
        Objects.requireNonNull(table, "table is null");
        Read read = readModels();
        StructType schema = with(table.schema(), read);
        List<String> texts = texts(table.schema(), read.first());
        Broadcast<List<SentModel>> shared = JavaSparkContext.fromSparkContext(
                        table.sparkSession().sparkContext())
                .broadcast(new ArrayList<>(read.sent()));
        String text = texts.get(0);
        String pair = texts.size() == 2 ? texts.get(1) : null;
        boolean gated = gated();
        return table.toDF()
                .mapPartitions(
                        (MapPartitionsFunction<Row, Row>) rows -> new PredictedRows(
                                rows,
                                text,
                                Optional.ofNullable(pair),
                                shared.value().stream()
                                        .map(OpenModels.here()::model)
                                        .toList(),
                                gated),
                        Encoders.row(schema));
    }
}
