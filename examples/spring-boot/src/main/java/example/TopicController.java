package example;

import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.unipelt.task.Answer;
import org.unipelt.tuned.TunedModel;

/** {@code POST /topic} with {@code {"text": "..."}} answers with the topic and its probability. */
@RestController
class TopicController {
    record Message(String text) {}

    record Topic(String topic, double probability) {}

    private final TunedModel model;

    TopicController(TunedModel model) {
        this.model = model;
    }

    @PostMapping("/topic")
    Topic topic(@RequestBody Message message) {
        Answer answer = model.predict(message.text());
        if (answer instanceof Answer.Label label) {
            return new Topic(label.text(), label.probability());
        }
        throw new IllegalStateException("the model has no classes");
    }
}
