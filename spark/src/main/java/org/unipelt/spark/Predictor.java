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
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.unipelt.InputException;

/**
 * Adds the answers of tuned models to a table, as a stage of a Spark ML pipeline. Several models on one base model answer in one
 * pass over the table. For each model there are three columns: {@code NAME_label} (the class, the labels, the score or the text),
 * {@code NAME_probability} (of a class, else null) and {@code NAME_error} (why a row has no answer, else null).
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

    private final String uid;
    private final StringArrayParam models;
    private final Param<String> textCol;
    private final Param<String> pairCol;

    /** Creates a stage, as Spark does when it loads a pipeline. */
    public Predictor(String uid) {
        this.uid = uid;
        this.models = new StringArrayParam(this, "models", "folders of tuned models on one base model");
        this.textCol = new Param<>(this, "textCol", "the column of the texts");
        this.pairCol = new Param<>(this, "pairCol", "the column of the second texts, for models of pairs");
        setDefault(textCol, "text");
        setDefault(pairCol, "pair");
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

    /** The column of the texts; {@code text} by default. */
    public Param<String> textCol() {
        return textCol;
    }

    /** The column of the second texts, for models of pairs; {@code pair} by default. */
    public Param<String> pairCol() {
        return pairCol;
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
        return with(schema, sent());
    }

    private List<SentModel> sent() {
        List<SentModel> sent = Arrays.stream($(models))
                .map(folder -> SentModel.read(Path.of(folder)))
                .toList();
        SentModel first = sent.get(0);
        for (SentModel other : sent) {
            if (!other.fingerprint().equals(first.fingerprint())) {
                throw new InputException("the models '" + first.name() + "' and '" + other.name()
                        + "' are on different base models, " + first.base() + " and " + other.base()
                        + "; predict with one stage for each base model");
            }
            if (other.pairs() != first.pairs()) {
                throw new InputException("of the models '" + first.name() + "' and '" + other.name()
                        + "' one reads pairs of texts and one single texts; predict with one stage for each");
            }
        }
        return sent;
    }

    private StructType with(StructType schema, List<SentModel> sent) {
        requireTexts(schema, $(textCol));
        if (sent.get(0).pairs()) {
            requireTexts(schema, $(pairCol));
        }
        StructType more = schema;
        for (SentModel model : sent) {
            for (StructField field : List.of(
                    DataTypes.createStructField(model.name() + "_label", DataTypes.StringType, true),
                    DataTypes.createStructField(model.name() + "_probability", DataTypes.DoubleType, true),
                    DataTypes.createStructField(model.name() + "_error", DataTypes.StringType, true))) {
                if (Arrays.asList(more.fieldNames()).contains(field.name())) {
                    throw new InputException(
                            "the table has a column '" + field.name() + "' already; rename it, or the model's folder");
                }
                more = more.add(field);
            }
        }
        return more;
    }

    private static void requireTexts(StructType schema, String column) {
        List<String> columns = Arrays.asList(schema.fieldNames());
        if (!columns.contains(column)) {
            throw InputException.unknown("column", column, columns);
        }
        if (!schema.apply(column).dataType().equals(DataTypes.StringType)) {
            throw new InputException("the column '" + column + "' holds "
                    + schema.apply(column).dataType().simpleString() + ", but texts are needed");
        }
    }

    @Override
    public Dataset<Row> transform(Dataset<?> table) {
        Objects.requireNonNull(table, "table is null");
        List<SentModel> sent = sent();
        StructType schema = with(table.schema(), sent);
        Broadcast<List<SentModel>> shared = JavaSparkContext.fromSparkContext(
                        table.sparkSession().sparkContext())
                .broadcast(new ArrayList<>(sent));
        String text = $(textCol);
        String pair = sent.get(0).pairs() ? $(pairCol) : null;
        return table.toDF()
                .mapPartitions(
                        (MapPartitionsFunction<Row, Row>) rows -> new PredictedRows(
                                rows,
                                text,
                                Optional.ofNullable(pair),
                                shared.value().stream()
                                        .map(OpenModels.here()::model)
                                        .toList()),
                        Encoders.row(schema));
    }
}
