package org.unipelt.cli;

import static java.util.Map.entry;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Options of the Python library transformers, of its Trainer and its example programs, and of torchrun, and ours for the
 * same. They are not read; a message names ours.
 */
final class TrainerWords {
    private static final Map<String, String> OURS = Map.ofEntries(
            entry("model_name_or_path", "--model"),
            entry("train_file", "--train"),
            entry("validation_file", "--dev"),
            entry("test_file", "--test"),
            entry("task_name", "--task"),
            entry("data_dir", "--data"),
            entry("output_dir", "--out"),
            entry("resume_from_checkpoint", "--resume"),
            entry("text_column", "--text"),
            entry("text_column_name", "--text"),
            entry("text_column_names", "--text"),
            entry("label_column_name", "--label"),
            entry("summary_column", "--label"),
            entry("num_train_epochs", "--epochs"),
            entry("per_device_train_batch_size", "--batch-size"),
            entry("learning_rate", "--learning-rate"),
            entry("weight_decay", "--weight-decay"),
            entry("warmup_ratio", "--warm-up"),
            entry("max_grad_norm", "--clip"),
            entry("max_seq_length", "--max-length"),
            entry("max_length", "--max-length"),
            entry("max_source_length", "--max-length"),
            entry("max_target_length", "--target-length"),
            entry("generation_max_length", "--generation-max-length"),
            entry("num_beams", "--beams"),
            entry("generation_num_beams", "--beams"),
            entry("label_smoothing_factor", "--label-smoothing"),
            entry("metric_for_best_model", "--metric"),
            entry("metric_name", "--metric"),
            entry("load_best_model_at_end", "--keep best"),
            entry("early_stopping_patience", "--patience"),
            entry("max_train_samples", "--samples"),
            entry("data_seed", "--data-seed"),
            entry("logging_dir", "--tensorboard"),
            entry("nnodes", "--world"),
            entry("node_rank", "--rank"),
            entry("rdzv_endpoint", "--meet"),
            entry("ddp_timeout", "--wait"),
            entry("bf16", "--precision bf16"),
            entry("do_train", "unipelt train"),
            entry("do_eval", "unipelt evaluate"),
            entry("do_predict", "unipelt predict"));

    private TrainerWords() {}

    /**
     * Our option for the same.
     *
     * @param name theirs, with dashes before it, with underscores or dashes within
     * @param known the options of the command; another option may have its own command
     */
    static Optional<String> ours(String name, List<String> known) {
        return Optional.ofNullable(OURS.get(name.replaceFirst("^--", "").replace('-', '_')))
                .filter(ours -> !ours.startsWith("--") || known.contains(ours.replaceFirst(" .*", "")));
    }
}
