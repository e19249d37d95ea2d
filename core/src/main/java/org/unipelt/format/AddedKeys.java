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
import org.unipelt.data.ClassWeights;
import org.unipelt.data.Preparation;
import org.unipelt.training.TrainingConfig;

/**
 * Keys of records in files that later versions added, each with what earlier versions meant. Where such a key is absent, a
 * file means that; it is written only where its value is another. So earlier files load, and a hash over a record stays what
 * it was.
 */
final class AddedKeys extends SimpleModule {
    private static final long serialVersionUID = 1L;

    /** By record, then by key. A new field of a record in files is one line here. */
    private static final Map<Class<?>, Map<String, Object>> MEANT = Map.of(
            TrainingConfig.class,
            Map.of("headStart", TrainingConfig.HeadStart.RANDOM, "keep", TrainingConfig.Keep.BEST));

    /** By the type of their value, whichever the record. */
    private static final Map<Class<?>, Object> MEANT_OF_TYPE = Map.of(
            Preparation.class, Preparation.NONE,
            ClassWeights.class, ClassWeights.NONE);

    /** What the absence of keys of a record means, by key. */
    private static Map<String, Object> meant(BeanDescription type) {
        Map<String, Object> meant = new HashMap<>(MEANT.getOrDefault(type.getBeanClass(), Map.of()));
        type.findProperties().forEach(property -> {
            Object value = MEANT_OF_TYPE.get(property.getRawPrimaryType());
            if (value != null) {
                meant.put(property.getName(), value);
            }
        });
        return meant;
    }

    AddedKeys() {
        setDeserializerModifier(new BeanDeserializerModifier() {
            private static final long serialVersionUID = 1L;

            @Override
            public JsonDeserializer<?> modifyDeserializer(
                    DeserializationConfig config, BeanDescription type, JsonDeserializer<?> deserializer) {
                Map<String, Object> meant = meant(type);
                return meant.isEmpty() ? deserializer : new Filling(deserializer, meant);
            }
        });
        setSerializerModifier(new BeanSerializerModifier() {
            private static final long serialVersionUID = 1L;

            @Override
            public List<BeanPropertyWriter> changeProperties(
                    SerializationConfig config, BeanDescription type, List<BeanPropertyWriter> properties) {
                Map<String, Object> meant = meant(type);
                properties.replaceAll(property -> meant.containsKey(property.getName())
                        ? new Sparing(property, meant.get(property.getName()))
                        : property);
                return properties;
            }
        });
    }

    /** Puts keys that are absent into an object before it is read. */
    private static final class Filling extends DelegatingDeserializer {
        private static final long serialVersionUID = 1L;

        private final transient Map<String, Object> meant;

        Filling(JsonDeserializer<?> strict, Map<String, Object> meant) {
            super(strict);
            this.meant = meant;
        }

        @Override
        protected JsonDeserializer<?> newDelegatingInstance(JsonDeserializer<?> strict) {
            return new Filling(strict, meant);
        }

        @Override
        public Object deserialize(JsonParser from, DeserializationContext context) throws IOException {
            JsonNode node = context.readTree(from);
            if (node instanceof ObjectNode object) {
                ObjectMapper json = (ObjectMapper) from.getCodec();
                meant.forEach((key, value) -> {
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

    /** Leaves a key out where its value is what its absence means. */
    private static final class Sparing extends BeanPropertyWriter {
        private static final long serialVersionUID = 1L;

        private final transient Object meant;

        Sparing(BeanPropertyWriter writer, Object meant) {
            super(writer);
            this.meant = meant;
        }

        @Override
        public void serializeAsField(Object record, JsonGenerator to, SerializerProvider provider) throws Exception {
            if (!meant.equals(get(record))) {
                super.serializeAsField(record, to, provider);
            }
        }
    }
}
