package example;

import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.unipelt.hub.BaseModel;
import org.unipelt.tensor.Compute;
import org.unipelt.tuned.TunedModel;

/** A program that names the topics of messages over HTTP. */
@SpringBootApplication
public class Endpoint {
    public static void main(String[] arguments) {
        SpringApplication.run(Endpoint.class, arguments);
    }

    /** The base model, opened to predict only. Spring closes it after the tuned model, which needs it. */
    @Bean(destroyMethod = "close")
    BaseModel base() {
        return BaseModel.open("bge-small", Compute.cpu().predicting());
    }

    /** The tuned model in the folder that {@code --messages.model} names. Threads share it. */
    @Bean(destroyMethod = "close")
    TunedModel model(BaseModel base, @Value("${messages.model}") Path folder) {
        return TunedModel.load(folder, base);
    }
}
