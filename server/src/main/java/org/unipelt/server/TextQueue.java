package org.unipelt.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.unipelt.data.Example;
import org.unipelt.hub.BaseModel;

/**
 * The texts that wait, in the order of their arrival, and which of them make a batch. A batch has texts of one base model, for
 * any of the models on it; workers that are free share what waits.
 *
 * <p>A text waits for others until the oldest has waited long enough, or there are tokens enough. It does not wait if there are
 * no more requests than workers, those counted whose clients had an answer just now and may ask again: then nobody would share
 * its batch.
 *
 * <p>A request whose deadline passes leaves the queue at once. One whose client went away leaves it when its place is needed, or
 * its turn comes. Thread safe.
 */
final class TextQueue {
    private final ServerSettings.Batching settings;
    private final int workers;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** Under the lock, as what follows. */
    private final Deque<Text> waiting = new ArrayDeque<>();

    /** When the latest requests ended, as {@link System#nanoTime}. */
    private final Deque<Long> ended = new ArrayDeque<>();

    /** Requests that are not over. */
    private int open;

    /** Workers that compute. */
    private int busy;

    private boolean ending;

    TextQueue(ServerSettings.Batching settings, int workers) {
        this.settings = settings;
        this.workers = workers;
    }

    /**
     * A text of a request.
     *
     * @param place its place in the request
     * @param arrived when, as {@link System#nanoTime}
     */
    record Text(Asked asked, int place, ServedModel model, Example example, int tokens, long arrived) {}

    /**
     * Whether texts would be taken now.
     *
     * @throws Problem if the server is ending
     */
    boolean hasRoom(int texts) {
        lock.lock();
        try {
            if (ending) {
                throw Problem.ending();
            }
            return waiting.size() + texts <= settings.queue();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes the texts of a request, if there is room.
     *
     * @throws Problem if a model is being unloaded, or the server is ending
     */
    boolean takes(List<Text> texts) {
        lock.lock();
        try {
            if (!hasRoom(texts.size())) {
                return false;
            }
            begin(texts);
            open++;
            waiting.addAll(texts);
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Frees the places of clients that went away. Not under the lock: the end of a request takes it. */
    void dropGone() {
        List<Asked> asked;
        lock.lock();
        try {
            asked = waiting.stream().map(Text::asked).distinct().toList();
        } finally {
            lock.unlock();
        }
        // Each that is over withdraws its texts.
        asked.forEach(Asked::isOver);
    }

    private static void begin(List<Text> texts) {
        int begun = 0;
        try {
            for (Text text : texts) {
                text.model().begin();
                begun++;
            }
        } finally {
            if (begun < texts.size()) {
                texts.subList(0, begun).forEach(text -> text.model().end());
            }
        }
    }

    /** Ends a request. What waits of one that failed leaves the queue. */
    void end(Asked asked, boolean failed) {
        lock.lock();
        try {
            open--;
            ended.add(System.nanoTime());
            for (Iterator<Text> each = waiting.iterator(); failed && each.hasNext(); ) {
                Text text = each.next();
                if (text.asked() == asked) {
                    each.remove();
                    text.model().end();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many texts wait. */
    int size() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /** A worker has computed a batch. */
    void done(List<Text> batch) {
        batch.forEach(text -> text.model().end());
        lock.lock();
        try {
            busy--;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a batch, which a worker then computes; empty at the end. */
    List<Text> next() {
        lock.lock();
        try {
            while (true) {
                Text oldest = waiting.peek();
                if (oldest == null) {
                    if (ending) {
                        return List.of();
                    }
                    changed.awaitUninterruptibly();
                    continue;
                }
                long now = System.nanoTime();
                long left = isCrowded(now) ? oldest.arrived() + settings.delay().toNanos() - now : 0;
                BaseModel base = oldest.model().base();
                long tokens = waiting.stream()
                        .filter(text -> text.model().base() == base)
                        .mapToLong(Text::tokens)
                        .sum();
                if (ending || left <= 0 || tokens >= settings.tokens()) {
                    List<Text> batch = take(base, Math.min(settings.tokens(), -Math.floorDiv(-tokens, workers - busy)));
                    busy++;
                    // Others share what is left.
                    changed.signal();
                    return batch;
                }
                try {
                    changed.awaitNanos(left);
                } catch (InterruptedException e) {
                    // Nobody interrupts a worker to end it; end() does that.
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether there are more requests than workers, those counted that ended just now. */
    private boolean isCrowded(long now) {
        while (!ended.isEmpty() && now - ended.peek() > settings.delay().toNanos()) {
            ended.remove();
        }
        return open + ended.size() > workers;
    }

    /**
     * Takes the oldest texts of a base model, in their order: no shorter text overtakes one that does not fit, or that would wait
     * for another round.
     *
     * @param most the most tokens; a longer text is taken alone
     */
    private List<Text> take(BaseModel base, long most) {
        List<Text> batch = new ArrayList<>();
        long tokens = 0;
        for (Iterator<Text> each = waiting.iterator(); each.hasNext() && tokens < most; ) {
            Text text = each.next();
            if (text.model().base() == base) {
                tokens += text.tokens();
                if (!batch.isEmpty() && tokens > most) {
                    break;
                }
                each.remove();
                batch.add(text);
            }
        }
        return batch;
    }

    /** Refuses further requests, and lets the workers end once nothing waits. */
    void end() {
        lock.lock();
        try {
            ending = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
