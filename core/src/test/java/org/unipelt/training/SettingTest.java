package org.unipelt.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.InputException;
import org.unipelt.method.Methods;
import org.unipelt.metric.Metric;
import org.unipelt.testkit.ReferencePage;

class SettingTest {
    @Test
    @Tag("reference")
    void theReferenceHasTheTables() throws IOException {
        ReferencePage page = ReferencePage.of("settings.md");
        page.holds("settings", table(Setting.ALL));
        page.holds("generation", table(Setting.GENERATION));
    }

    private static List<String> table(List<Setting<?>> settings) {
        List<String> table = new ArrayList<>(ReferencePage.head("setting", "values", "default", "what"));
        for (Setting<?> setting : settings) {
            table.add(ReferencePage.row(List.of(
                    "`" + setting.name() + "`",
                    setting.bounds().replace("|", ", "),
                    setting.usually(),
                    setting.help())));
        }
        return table;
    }

    @Test
    void everyComponentOfTheConfigurationIsInTheTable() {
        List<String> components = Arrays.stream(TrainingConfig.class.getRecordComponents())
                .map(component ->
                        component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT))
                .toList();
        assertThat(Setting.names()).containsExactlyInAnyOrderElementsOf(components);
    }

    @Test
    void theBuilderBeginsFromTheTable() {
        TrainingConfig config =
                TrainingConfig.builder(Methods.parse("lora"), Metric.F1).build();
        assertThat(config.batchSize()).isEqualTo(Setting.BATCH_SIZE.usual().orElseThrow());
        assertThat(config.keep()).isEqualTo(TrainingConfig.Keep.BEST);
        assertThat(config.learningRate()).isEqualTo(Methods.parse("lora").learningRate());
        TrainingConfig.Builder builder = TrainingConfig.builder(Methods.parse("lora"), Metric.F1);
        Setting.named("dropout").given("0.3").into(builder);
        Setting.named("adamw").given("release").into(builder);
        assertThat(builder.build().dropout()).isEqualTo(0.3);
        assertThat(builder.build().adamw()).isEqualTo(AdamW.Formula.RELEASE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "epochs        | 0    | must be at least 1, got 0",
                "epochs        | 1.5  | must be a whole number, got '1.5'",
                "max-length    | 4    | must be at least 5, got 4",
                "learning-rate | 0    | must be above 0 and at most 1, got 0.0",
                "learning-rate | NaN  | must be above 0 and at most 1, got NaN",
                "warm-up       | 1    | must be at least 0 and below 1, got 1.0",
                "clip          | x    | must be a number, got 'x'",
                "padding       | maxi | unknown value 'maxi'; did you mean 'max'?",
                "metric        | f2   | unknown metric 'f2'; did you mean 'f1'?",
                "seed          | one  | must be a whole number, got 'one'",
            })
    void aValueIsReadAndChecked(String name, String text, String message) {
        assertThatThrownBy(() -> Setting.named(name).given(text))
                .isInstanceOf(InputException.class)
                .hasMessage(message);
    }

    @Test
    void aMistakeKnowsItsField() {
        TrainingConfig.Builder builder =
                TrainingConfig.builder(Methods.parse("lora"), Metric.F1).batchSize(0);
        assertThatThrownBy(builder::build)
                .hasMessage("batch size must be at least 1, got 0")
                .satisfies(e -> assertThat(((InputException) e).field()).contains("batch-size"));
        assertThat(new InputException("wrong").field()).isEmpty();
    }
}
