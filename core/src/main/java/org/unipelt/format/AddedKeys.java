package org.unipelt.format;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationConfig;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.deser.std.DelegatingDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.BeanPropertyWriter;
import com.fasterxml.jackson.databind.ser.BeanSerializerModifier;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unipelt.data.ClassWeights;
import org.unipelt.data.PerClass;
import org.unipelt.data.Preparation;
import org.unipelt.metric.Calibrate;
import org.unipelt.metric.GateMeans;
import org.unipelt.metric.HeldOut;
import org.unipelt.training.Ending;
import org.unipelt.training.Together;
import org.unipelt.training.TrainingConfig;

/**
 * Record keys that later versions added, each with the value that earlier versions implied. If the key is absent from a
 * file, it has that value; the key is written only with another value. Earlier files therefore load, and a hash over a
 * record does not change.
 */
final class AddedKeys extends SimpleModule {
    private static final long serialVersionUID = 1L;

    /** The implied values by record, then by key. A new field of a stored record is one line here. */
    private static final Map<Class<?>, Map<String, Object>> IMPLIED = Map.of(
            TrainingConfig.class,
            Map.of(
                    "headStart", TrainingConfig.HeadStart.RANDOM,
                    "keep", TrainingConfig.Keep.BEST,
                    "labelSmoothing", 0.0),
            Preparation.class,
            Map.of("labelSeparator", Optional.empty()));

    /** By the type of their value, whichever the record. */
    private static final Map<Class<?>, Object> IMPLIED_OF_TYPE = Map.of(
            Preparation.class, Preparation.NONE,
            ClassWeights.class, ClassWeights.NONE,
            Ending.class, Ending.BY_ITSELF,
            PerClass.class, PerClass.ALL,
            HeldOut.class, HeldOut.NONE,
            GateMeans.class, GateMeans.NONE,
            Calibrate.class, Calibrate.NONE,
            Together.class, Together.ALONE);

    /** What the absence of keys of a record means, by key. */
    static Map<String, Object> implied(BeanDescription type) {
        Map<String, Object> implied = new HashMap<>(IMPLIED.getOrDefault(type.getBeanClass(), Map.of()));
        type.findProperties().forEach(property -> {
            Object value = IMPLIED_OF_TYPE.get(property.getRawPrimaryType());
            if (value != null) {
                implied.put(property.getName(), value);
            }
        });
        return implied;
    }

    AddedKeys() {
        setDeserializerModifier(new BeanDeserializerModifier() {
            private static final long serialVersionUID = 1L;

            @Override
            public JsonDeserializer<?> modifyDeserializer(
                    DeserializationConfig config, BeanDescription type, JsonDeserializer<?> deserializer) {
                Map<String, Object> implied = implied(type);
                return implied.isEmpty() ? deserializer : new Filling(deserializer, implied);
            }
        });
        setSerializerModifier(new BeanSerializerModifier() {
            private static final long serialVersionUID = 1L;

            @Override
            public List<BeanPropertyWriter> changeProperties(
                    SerializationConfig config, BeanDescription type, List<BeanPropertyWriter> properties) {
                Map<String, Object> implied = implied(type);
                properties.replaceAll(property -> implied.containsKey(property.getName())
                        ? new Sparing(property, implied.get(property.getName()))
                        : property);
                return properties;
            }
        });
    }

    /** Adds absent keys to an object before reading it. */
    private static final class Filling extends DelegatingDeserializer {
        private static final long serialVersionUID = 1L;

        private final transient Map<String, Object> implied;

        Filling(JsonDeserializer<?> strict, Map<String, Object> implied) {
            super(strict);
            this.implied = implied;
        }

        @Override
        protected JsonDeserializer<?> newDelegatingInstance(JsonDeserializer<?> strict) {
            return new Filling(strict, implied);
        }

        @Override
        public Object deserialize(JsonParser from, DeserializationContext context) throws IOException {
            JsonNode node = context.readTree(from);
            if (node instanceof ObjectNode object) {
                ObjectMapper json = (ObjectMapper) from.getCodec();
                implied.forEach((key, value) -> {
                    if (!object.has(key)) {
                        object.set(key, json.valueToTree(value));
                    }
                });
            }
            try (JsonParser filled = node.traverse(from.getCodec())) {
                filled.nextToken();
                return super.deserialize(filled, context);
            }
        }
    }

    /** Omits a key with the implied value. */
    private static final class Sparing extends BeanPropertyWriter {
        private static final long serialVersionUID = 1L;

        private final transient Object implied;

        Sparing(BeanPropertyWriter writer, Object implied) {
            super(writer);
            this.implied = implied;
        }

        @Override
        public void serializeAsField(Object record, JsonGenerator to, SerializerProvider provider) throws Exception {
            if (!implied.equals(get(record))) {
                super.serializeAsField(record, to, provider);
            }
        }
    }
}
