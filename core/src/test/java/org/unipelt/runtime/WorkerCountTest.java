package org.unipelt.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.InputException;

class WorkerCountTest {
    private static final OptionalInt EACH_ITS_OWN = OptionalInt.empty();

    private static WorkerCount machine(int processors, OptionalInt cores) {
        return WorkerCount.of(Optional.empty(), Optional.empty(), processors, cores);
    }

    private static WorkerCount variable(String value) {
        return WorkerCount.of(Optional.empty(), Optional.of(value), 2, EACH_ITS_OWN);
    }

    private static WorkerCount property(String value) {
        return WorkerCount.of(Optional.of(value), Optional.of("5"), 2, EACH_ITS_OWN);
    }

    @Test
    void everyProcessorHasAWorker() {
        assertThat(machine(2, EACH_ITS_OWN).count()).isEqualTo(2);
        assertThat(machine(2, EACH_ITS_OWN).describe())
                .isEqualTo("2 workers, one core each (the JVM may use 2 processors)");
        assertThat(machine(1, EACH_ITS_OWN).describe())
                .isEqualTo("1 worker, one core each (the JVM may use 1 processor)");
    }

    @Test
    void hyperThreadsOfOneCoreShareAWorker() {
        assertThat(machine(8, OptionalInt.of(4)).describe())
                .isEqualTo("4 workers, one core each (the JVM may use 8 processors, hyper-threads of 4 cores)");
    }

    @Test
    void aContainersLimitBelowTheCoresCounts() {
        assertThat(machine(3, OptionalInt.of(32)).describe())
                .isEqualTo("3 workers, one core each (the JVM may use 3 processors)");
    }

    @Test
    void theVariableGoesBeforeTheMachine() {
        assertThat(variable("5").describe()).isEqualTo("5 workers (by OMP_NUM_THREADS; the JVM may use 2 processors)");
        assertThat(variable(" 1 ").count()).isEqualTo(1);
        assertThat(variable("4,2").count()).as("of a list the first").isEqualTo(4);
        assertThat(variable("4 , 2,1").count()).isEqualTo(4);
    }

    @Test
    void thePropertyGoesBeforeTheVariable() {
        assertThat(property("3").describe())
                .isEqualTo("3 workers (by org.unipelt.threads, which --threads sets; the JVM may use 2 processors)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "0", "00", "-1", "x", "2.5", "4,", "4,0", "4,x", ",4", "4 2", "9999999999"})
    void aVariableThatIsNoNumberIsRefused(String value) {
        assertThatThrownBy(() -> variable(value))
                .isInstanceOf(InputException.class)
                .hasMessage("OMP_NUM_THREADS must be a whole number of at least 1, got '" + value
                        + "'; change it or unset it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "x", "4,2", "9999999999"})
    void aPropertyThatIsNoNumberIsRefused(String value) {
        assertThatThrownBy(() -> property(value))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("org.unipelt.threads must be a whole number of at least 1, got '" + value);
    }
}
