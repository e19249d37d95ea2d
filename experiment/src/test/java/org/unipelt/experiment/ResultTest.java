package org.unipelt.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.format.JsonFiles;
import org.unipelt.method.Methods;
import org.unipelt.metric.Metric;
import org.unipelt.training.TrainingConfig;

class ResultTest {
    @TempDir
    Path folder;

    private static Cell cell(Map<String, String> vary) {
        TrainingConfig training =
                TrainingConfig.builder(Methods.parse("lora"), Metric.MATTHEWS).build();
        return new Cell(
                "minilm-l6",
                "cola",
                Optional.of(100),
                "lora",
                Methods.parse("lora").toString(),
                111,
                42,
                vary,
                training,
                Optional.of(200),
                Optional.empty(),
                "da7a",
                "f00d");
    }

    /** One with something in every field. */
    static Result result() {
        Cell cell = cell(Map.of("rank", "8"));
        return new Result(
                cell,
                "matthews",
                Map.of("dev", Map.of("matthews", Double.NaN), "test", Map.of("matthews", 0.25)),
                Optional.empty(),
                2,
                1,
                "epochs",
                10,
                8,
                100,
                List.of(new Result.Epoch(1, 0.7, Double.NaN), new Result.Epoch(2, 0.5, 0.1)),
                List.of(new Result.Gate("lora", "encoder", 0, "query", 0.5, 0.01)),
                new Result.Answers(List.of(0, 1), List.of(1.25, 1)));
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        Path file = folder.resolve("result.json");
        ResultFile.write(file, result());
        assertThat(ResultFile.read(file)).isEqualTo(result());
        assertThat(Files.readString(file)).contains("\"failed\" : null", "\"predicted\" : [ 1.25, 1 ]");
    }

    @Test
    void theHashIsOfTheCellAndOfNothingElse() {
        Map<String, String> one = new LinkedHashMap<>(Map.of("a", "1"));
        one.put("b", "2");
        Map<String, String> other = new LinkedHashMap<>(Map.of("b", "2"));
        other.put("a", "1");
        assertThat(cell(one).hash()).isEqualTo(cell(other).hash()).matches("[0-9a-f]{16}");
        assertThat(cell(one).hash()).isNotEqualTo(cell(Map.of()).hash());
        assertThat(JsonFiles.canonical(CellFile.of(cell(Map.of()))))
                .startsWith("{\"base\":\"f00d\",\"data\":\"da7a\",\"dataSeed\":111,\"devRows\":200,\"method\":\"lora\"")
                .contains("\"testRows\":null", "\"metric\":\"matthews\"");
    }

    @Test
    void theHashOfAVersionStaysThatOfTheNext() {
        assertThat(cell(Map.of("rank", "8")).hash()).isEqualTo("f809d3acf6742a1f");
    }

    @Test
    void aChangedRunIsNoticed() throws IOException {
        Path file = folder.resolve("result.json");
        ResultFile.write(file, result());
        Files.writeString(file, Files.readString(file).replace("\"cola\"", "\"rte\""));
        assertThatThrownBy(() -> ResultFile.read(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("was changed or damaged since it was written");
        // As earlier versions wrote it.
        Files.writeString(file, Files.readString(file).replaceFirst(",\\s*\"contentChecksum\" : \"\\w+\"", ""));
        assertThatThrownBy(() -> ResultFile.read(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("its hash is not that of its run");
    }
}
