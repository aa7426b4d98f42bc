package io.mainstay.repository;

import io.mainstay.configuration.ConfiguratorJson;
import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationText;
import io.mainstay.store.Progress;
import io.mainstay.store.Store;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.osgi.resource.Resource;

/**
 * Writes bundles of a store to a folder, as jars and an OSGi repository index:
 *
 * <pre>
 * index.xml               Compendium 8.1, 132.5: any OSGi tool reads it
 * jars/NAME-VERSION-DIGEST.jar
 * generations/N.txt       the canonical texts, if the whole store is written
 * configurations.json     those of a generation, if only one is written: `deploy` takes them
 * generations.lst         number, digest, state, retention and channel of each
 * </pre>
 */
public final class StoreExport {
    static final String INDEX = "index.xml";
    static final String HISTORY = "generations.lst";
    static final String CONFIGURATIONS = "configurations.json";
    static final String GENERATIONS = "generations";

    private final Store store;
    private final Path folder;

    /** Writes from {@code store} to {@code folder}, which is made if it is missing. */
    public StoreExport(Store store, Path folder) {
        this.store = store;
        this.folder = folder;
    }

    /** Writes everything, history included; returns the number of jars. */
    public int all(Progress progress) throws IOException {
        List<Content> contents = store.contents().all();
        write(contents, progress);
        writeHistory();
        return contents.size();
    }

    /** Writes the bundles and configurations of one generation; returns the number of jars. */
    public int generation(GenerationRecord record, Progress progress) throws IOException {
        Set<Digest> digests = record.generation().state().contents();
        List<Content> contents = store.contents().find(digests).values().stream()
                .sorted(Comparator.comparing(Content::symbolicName).thenComparing(Content::digest))
                .toList();
        write(contents, progress);
        byte[] json = ConfiguratorJson.write(
                        record.generation().state().configurations().values())
                .getBytes(StandardCharsets.UTF_8);
        writeWhole(folder.resolve(CONFIGURATIONS), out -> out.write(json));
        return contents.size();
    }

    private void write(List<Content> contents, Progress progress) throws IOException {
        Files.createDirectories(folder.resolve("jars"));
        long total = contents.stream().mapToLong(Content::sizeBytes).sum();
        long done = 0;
        List<Resource> resources = new ArrayList<>();
        for (Content content : contents) {
            Path jar = folder.resolve(ResourceIndexer.url(content));
            try (InputStream in = store.contents().open(content.digest())) {
                writeWhole(jar, out -> in.transferTo(out));
            }
            resources.add(ResourceIndexer.resource(store.contents().index(content.digest())));
            done += content.sizeBytes();
            progress.update(done, total);
        }
        writeWhole(folder.resolve(INDEX), out -> RepositoryXml.write(resources, "mainstay", out));
    }

    private void writeHistory() throws IOException {
        StringBuilder list = new StringBuilder();
        for (String channel : store.history().channels()) {
            List<GenerationRecord> chain = new ArrayList<>(store.history().chain(channel, Integer.MAX_VALUE));
            java.util.Collections.reverse(chain);
            for (GenerationRecord record : chain) {
                Path text = folder.resolve(GENERATIONS).resolve(record.number() + ".txt");
                Files.createDirectories(text.getParent());
                writeWhole(text, out -> out.write(GenerationText.write(record.generation())));
                list.append(record.number())
                        .append(' ')
                        .append(record.generation().digest())
                        .append(' ')
                        .append(record.state())
                        .append(' ')
                        .append(record.retained())
                        .append(' ')
                        .append(record.channel())
                        .append('\n');
            }
        }
        writeWhole(folder.resolve(HISTORY), out -> out.write(list.toString().getBytes(StandardCharsets.UTF_8)));
    }

    @FunctionalInterface
    private interface Writing {
        void to(OutputStream out) throws IOException;
    }

    /** A file is there whole or not at all. */
    private static void writeWhole(Path file, Writing writing) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part), 1 << 16)) {
                writing.to(out);
            }
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** {@return the number of generations that {@code folder} has the history of; empty if it has none} */
    static Optional<Path> history(Path folder) {
        return Optional.of(folder.resolve(HISTORY)).filter(Files::isRegularFile);
    }
}
