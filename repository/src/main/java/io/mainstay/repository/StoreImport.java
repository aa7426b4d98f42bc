package io.mainstay.repository;

import io.mainstay.intake.BundleIntake;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.intake.IntakeLimits;
import io.mainstay.intake.RefusedBundleException;
import io.mainstay.intake.Upload;
import io.mainstay.store.Content;
import io.mainstay.store.ContentSource;
import io.mainstay.store.Digest;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.GenerationText;
import io.mainstay.store.Progress;
import io.mainstay.store.Store;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.osgi.resource.Capability;
import org.osgi.resource.Resource;
import org.osgi.service.repository.ContentNamespace;

/**
 * Reads bundles that an OSGi repository index names into a store. Everything is checked before anything is stored: the
 * index's digests, and each bundle as all that goes in.
 */
public final class StoreImport {
    /** How long a web server may be silent. */
    private static final int PATIENCE_MILLIS = 20_000;

    private final Store store;
    private final IntakeLimits limits;

    /** Reads into {@code store}. */
    public StoreImport(Store store, IntakeLimits limits) {
        this.store = store;
        this.limits = limits;
    }

    /**
     * What was read.
     *
     * @param bundles the number of bundles in the index
     * @param stored how many of them were new
     * @param generations the number of generations restored; 0 if the folder has no history, or the store has one already
     */
    public record Result(int bundles, int stored, int generations) {}

    /**
     * Reads a folder that {@link StoreExport} wrote, or any index. Into a store without history, the folder's history is
     * restored, every digest checked.
     *
     * @param place a folder with an {@code index.xml}, or an index
     * @throws RefusedBundleException if something is not what the index says, or not sound
     */
    public Result read(Path place, Progress progress) throws IOException {
        Path index = Files.isDirectory(place) ? place.resolve(StoreExport.INDEX) : place;
        Path folder = Optional.ofNullable(index.toAbsolutePath().getParent()).orElse(Path.of(""));
        List<CheckedBundle> bundles = check(index, progress);
        List<GenerationRecord> history = store.history().channels().isEmpty() ? history(folder) : List.of();
        requireContents(folder, bundles, history);
        int stored = store(bundles, history, progress);
        return new Result(bundles.size(), stored, history.size());
    }

    private List<CheckedBundle> check(Path index, Progress progress) throws IOException {
        List<Resource> resources;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(index))) {
            resources = RepositoryXml.read(in);
        } catch (java.nio.file.NoSuchFileException e) {
            throw new RefusedBundleException(index.toString(), "there is no such index", e);
        } catch (IOException e) {
            throw new RefusedBundleException(index.toString(), e.getMessage(), e);
        }
        List<CheckedBundle> bundles = new ArrayList<>();
        BundleIntake intake = new BundleIntake(limits);
        for (Resource resource : resources) {
            Capability content = resource.getCapabilities(ContentNamespace.CONTENT_NAMESPACE).stream()
                    .findFirst()
                    .orElseThrow(() -> new RefusedBundleException(
                            index.toString(), ResourceIndexer.identity(resource) + " has no osgi.content capability"));
            CheckedBundle bundle = intake.check(source(index, content));
            requireDigest(index, content, bundle.content());
            bundles.add(bundle);
            progress.update(bundles.size(), resources.size());
        }
        return bundles;
    }

    private static void requireDigest(Path index, Capability content, Content found) {
        Object expected = content.getAttributes().get(ContentNamespace.CONTENT_NAMESPACE);
        if (!found.digest().hex().equalsIgnoreCase(String.valueOf(expected))) {
            throw new RefusedBundleException(
                    index.toString(),
                    found.label() + " is not what the index says: expected" + " SHA-256 " + expected + ", found "
                            + found.digest());
        }
    }

    private ContentSource source(Path index, Capability content) throws IOException {
        String url = String.valueOf(content.getAttributes().get(ContentNamespace.CAPABILITY_URL_ATTRIBUTE));
        URI address;
        try {
            address = index.toAbsolutePath().toUri().resolve(url);
        } catch (IllegalArgumentException e) {
            throw new RefusedBundleException(index.toString(), "the address " + url + " is none: " + e.getMessage(), e);
        }
        return switch (String.valueOf(address.getScheme())) {
            case "file" -> file(index, url, contained(index, url, Path.of(address)));
            case "http", "https" -> download(address);
            default ->
                throw new RefusedBundleException(
                        index.toString(), "the address " + url + " is neither a file nor on the web");
        };
    }

    /** A relative address stays in the folder of the index; one that names its scheme says what it means. */
    private static Path contained(Path index, String url, Path file) {
        Path folder = Optional.ofNullable(index.toAbsolutePath().normalize().getParent())
                .orElse(Path.of("/"));
        if (!url.startsWith("file:") && !file.normalize().startsWith(folder)) {
            throw new RefusedBundleException(index.toString(), "the address " + url + " leads out of its folder");
        }
        return file;
    }

    private static ContentSource file(Path index, String url, Path file) {
        if (!Files.isRegularFile(file)) {
            throw new RefusedBundleException(index.toString(), "it names " + url + ", which is not there");
        }
        return ContentSource.of(file);
    }

    private ContentSource download(URI address) throws IOException {
        URLConnection connection = address.toURL().openConnection();
        connection.setConnectTimeout(PATIENCE_MILLIS);
        connection.setReadTimeout(PATIENCE_MILLIS);
        try (InputStream in = connection.getInputStream()) {
            byte[] bytes = in.readNBytes((int) Math.min(limits.maxBytes() + 1, Integer.MAX_VALUE - 8));
            return ContentSource.of(address.toString(), bytes);
        }
    }

    private static List<GenerationRecord> history(Path folder) throws IOException {
        List<GenerationRecord> history = new ArrayList<>();
        Optional<Path> list = StoreExport.history(folder);
        if (list.isEmpty()) {
            return history;
        }
        Set<Digest> known = new HashSet<>();
        for (String line : lines(list.get())) {
            GenerationRecord record = restored(folder, list.get(), line);
            Generation generation = record.generation();
            known.add(generation.digest());
            if (generation.parent().isPresent()
                    && !known.contains(generation.parent().get().digest())) {
                throw new RefusedBundleException(
                        list.get().toString(),
                        "generation " + record.number() + " has a parent that is not before it: the chain is broken");
            }
            history.add(record);
        }
        return history;
    }

    private static List<String> lines(Path list) throws IOException {
        try {
            return Files.readAllLines(list);
        } catch (CharacterCodingException e) {
            throw new RefusedBundleException(list.toString(), "it is not written in UTF-8", e);
        }
    }

    /** A line holds number, digest, state, retention and channel; the text beside it has to have that digest. */
    private static GenerationRecord restored(Path folder, Path list, String line) throws IOException {
        String[] words = line.split(" ", 5);
        try {
            Path text = folder.resolve(StoreExport.GENERATIONS).resolve(Long.parseLong(words[0]) + ".txt");
            Generation generation = GenerationText.read(Files.readAllBytes(text));
            if (!generation.digest().equals(new Digest(words[1]))) {
                throw new RefusedBundleException(
                        text.toString(),
                        "it was changed: expected SHA-256 " + words[1] + ", found " + generation.digest());
            }
            return new GenerationRecord(
                    generation,
                    words[4],
                    GenerationState.valueOf(words[2]),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Boolean.parseBoolean(words[3]),
                    false);
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            throw new RefusedBundleException(
                    list.toString(), "its line '" + line + "' is damaged: " + e.getMessage(), e);
        }
    }

    /** A generation that could be gone back to before the export has to be one after the import. */
    private void requireContents(Path folder, List<CheckedBundle> bundles, List<GenerationRecord> history) {
        Set<Digest> there = new HashSet<>();
        bundles.forEach(bundle -> there.add(bundle.content().digest()));
        for (GenerationRecord record : history) {
            Set<Digest> missing = new HashSet<>(record.generation().state().contents());
            missing.removeAll(there);
            missing.removeAll(store.contents().find(missing).keySet());
            if (record.retained() && !missing.isEmpty()) {
                throw new RefusedBundleException(
                        folder.toString(),
                        "generation " + record.number() + " needs content "
                                + missing.iterator().next()
                                + ", which the index does not have; the export is not whole");
            }
        }
    }

    private int store(List<CheckedBundle> bundles, List<GenerationRecord> history, Progress progress)
            throws IOException {
        try (Upload upload = new Upload(store)) {
            int stored = upload.put(bundles, progress);
            history.forEach(upload.transaction()::restore);
            upload.transaction().commit();
            return stored;
        }
    }
}
