using Stork.Queues;

namespace Stork.Durable.Storage;

/// <summary>Brings together what is said of all inboxes and what is said of one.</summary>
internal static class InboxQueueOptions
{
    /// <summary>What differs from <see cref="QueueOptions.Inbox"/> in the options of one inbox counts; all else is as for all
    /// inboxes.</summary>
    public static QueueOptions Compose(QueueOptions all, QueueOptions one)
    {
        var preset = QueueOptions.Inbox;
        return one with
        {
            Order = Pick(one.Order, preset.Order, all.Order),
            Fanout = Pick(one.Fanout, preset.Fanout, all.Fanout),
            MaxMessages = Pick(one.MaxMessages, preset.MaxMessages, all.MaxMessages),
            MaxBytes = Pick(one.MaxBytes, preset.MaxBytes, all.MaxBytes),
            Overflow = Pick(one.Overflow, preset.Overflow, all.Overflow),
            MaxMessageBytes = Pick(one.MaxMessageBytes, preset.MaxMessageBytes, all.MaxMessageBytes),
            TimeToLive = Pick(one.TimeToLive, preset.TimeToLive, all.TimeToLive),
            AckTimeout = Pick(one.AckTimeout, preset.AckTimeout, all.AckTimeout),
            DisconnectGrace = Pick(one.DisconnectGrace, preset.DisconnectGrace, all.DisconnectGrace),
            MaxFailures = Pick(one.MaxFailures, preset.MaxFailures, all.MaxFailures),
            Backoff = Pick(one.Backoff, preset.Backoff, all.Backoff),
            MaxBackoff = Pick(one.MaxBackoff, preset.MaxBackoff, all.MaxBackoff),
            BackoffJitter = Pick(one.BackoffJitter, preset.BackoffJitter, all.BackoffJitter),
            DeadLetter = Pick(one.DeadLetter, preset.DeadLetter, all.DeadLetter),
            DeadLetterExpired = Pick(one.DeadLetterExpired, preset.DeadLetterExpired, all.DeadLetterExpired),
            DedupWindow = Pick(one.DedupWindow, preset.DedupWindow, all.DedupWindow),
            Retention = Pick(one.Retention, preset.Retention, all.Retention),
            MaxPerSecond = Pick(one.MaxPerSecond, preset.MaxPerSecond, all.MaxPerSecond),
            MaxReleasesPerSecond = Pick(one.MaxReleasesPerSecond, preset.MaxReleasesPerSecond, all.MaxReleasesPerSecond),
            MaxNackDelay = Pick(one.MaxNackDelay, preset.MaxNackDelay, all.MaxNackDelay),
            MaxConcurrency = Pick(one.MaxConcurrency, preset.MaxConcurrency, all.MaxConcurrency),
            Breaker = Pick(one.Breaker, preset.Breaker, all.Breaker),
            RemoveIdleAfter = Pick(one.RemoveIdleAfter, preset.RemoveIdleAfter, all.RemoveIdleAfter),
            RemoveIdleDeviceAfter = Pick(one.RemoveIdleDeviceAfter, preset.RemoveIdleDeviceAfter, all.RemoveIdleDeviceAfter),
        };
    }

    private static T Pick<T>(T one, T preset, T all) => EqualityComparer<T>.Default.Equals(one, preset) ? all : one;
}
