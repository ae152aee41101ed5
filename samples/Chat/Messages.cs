using System.Text.Json;
using System.Text.Json.Serialization;

namespace Stork.Samples.Chat;

// ---- From a client. Everything in them has yet to be checked; see ChatRules.

/// <summary>Whom a client says to be when it connects (its <c>auth</c>).</summary>
/// <param name="Name">The name to be seen by the others.</param>
/// <param name="Tab">Made up by the browser tab, which has its own place in the person's inbox. Who the person is, it does not say.</param>
/// <param name="Rooms">The rooms it is in; after a lost connection they are joined before anything it sends is handled.</param>
internal sealed record Introduction(string Name, string Tab, string?[] Rooms);

/// <summary>Something to be said in a room.</summary>
/// <param name="Id">Chosen by the client and kept when it sends the same again, so that nothing is said twice.</param>
internal sealed record Draft(string Room, string Id, string Text, byte[]? Image = null);

// ---- To a client.

/// <param name="Id">The same for all tabs of a browser under the same name; also the name of the person's inbox.</param>
internal sealed record Person(string Id, string Name);

/// <param name="Number">Counts the messages of the room.</param>
/// <param name="Image">A Socket.IO attachment: binary on the wire, an ArrayBuffer in the browser.</param>
internal sealed record ChatMessage(
    string Room, long Number, string Id, Person From, DateTimeOffset At, string Text, byte[]? Image, string? ImageType, int DeliveredTo)
{
    /// <summary>The author's id of it, made one that nobody else's message can have.</summary>
    [JsonIgnore]
    public string UniqueId => $"{Room}/{From.Id}/{Id}";
}

/// <summary>The answer to a <see cref="Draft"/>: the server has it, and will have it after a crash.</summary>
internal sealed record Receipt(long Number, DateTimeOffset At);

/// <summary>Tells an author how many others have a message.</summary>
internal sealed record Delivery(string Room, string Id, int DeliveredTo);

internal sealed record RoomSummary(string Name, int People);

/// <summary>Who belongs to a room: those who are here, and those for whom messages wait.</summary>
/// <param name="Got">Of each of the others the number up to which they have all messages.</param>
internal sealed record Attendance(string Room, Person[] People, Person[] Away, long[] Got);

/// <summary>Somebody came to a room, is away, left it, or writes in it.</summary>
internal sealed record RoomEvent(string Room, Person Person);

/// <param name="Run">Another one means that the server was restarted.</param>
/// <param name="Server">Which one it is, where there are several: samples/Cluster.</param>
internal sealed record Welcome(string Run, Person You, RoomSummary[] Rooms, Limits Limits, string? Server = null);

internal sealed record Limits(int NameLength, int RoomNameLength, int TextLength, int ImageBytes);

/// <summary>Why somebody was not let in.</summary>
internal sealed record Refusal(string Code);

// ---- To the store.

/// <summary>Somebody belongs to a room, or no longer does.</summary>
internal sealed record Membership(string Room, Person Person, bool IsOver = false);

/// <summary>How all of these become JSON and back, without reflection: the program can be trimmed.</summary>
/// <remarks>
/// By metadata, and not by generated code that writes for itself: that would write "" for a null byte[], an image that is none.
/// </remarks>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, GenerationMode = JsonSourceGenerationMode.Metadata, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Introduction))]
[JsonSerializable(typeof(Draft))]
[JsonSerializable(typeof(ChatMessage))]
[JsonSerializable(typeof(Receipt))]
[JsonSerializable(typeof(Delivery))]
[JsonSerializable(typeof(RoomSummary))]
[JsonSerializable(typeof(Attendance))]
[JsonSerializable(typeof(ChatMessage[]))]
[JsonSerializable(typeof(RoomEvent))]
[JsonSerializable(typeof(Welcome))]
[JsonSerializable(typeof(Refusal))]
[JsonSerializable(typeof(Membership))]
internal sealed partial class ChatJson : JsonSerializerContext;
