using System.Collections.Concurrent;
using System.Text;

namespace Stork.SocketIO.Events;

/// <summary>An event's name in both of its forms, so that a received name is compared as bytes and no string is made of it.</summary>
internal sealed class EventName
{
    private EventName(string text)
    {
        Text = text;
        Utf8 = Encoding.UTF8.GetBytes(text);
    }

    public string Text { get; }

    public byte[] Utf8 { get; }

    /// <summary>The names a server listens to; thousands of sockets share them.</summary>
    internal sealed class Table
    {
        /// <summary>Names made on the fly, one an id for example, are not kept for ever.</summary>
        private const int MaxNames = 4096;

        private readonly ConcurrentDictionary<string, EventName> _names = new(StringComparer.Ordinal);

        public EventName Get(string name)
        {
            if (_names.TryGetValue(name, out var known)) return known;
            return _names.Count < MaxNames ? _names.GetOrAdd(name, static text => new EventName(text)) : new EventName(name);
        }

        /// <summary>The name as a string, without making one if it is listened to.</summary>
        public static string GetText(ReadOnlySpan<byte> utf8, Listener[] listeners)
        {
            foreach (var listener in listeners)
            {
                if (utf8.SequenceEqual(listener.Name.Utf8)) return listener.Name.Text;
            }

            return Encoding.UTF8.GetString(utf8);
        }
    }
}
