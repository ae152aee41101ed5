using System.Text.Json;
using System.Text.Json.Serialization;

namespace Stork.Samples.Chat;

// ---- From a client. Everything in them has yet to be checked; see ChatRules.

/// <summary>Whom a client says to be when it connects (its <c>auth</c>).</summary>
/// <param name="Name">The name to be seen by the others.</param>
/// <param name="Key">A secret of the browser tab, by which a person is known again after a lost connection.</param>
/// <param name="Rooms">The rooms it is in; after a lost connection they are joined before anything it sends is handled.</param>
internal sealed record Introduction(string Name, string Key, string?[] Rooms);

/// <summary>Something to be said in a room.</summary>
/// <param name="Id">Chosen by the client and kept when it sends the same again, so that nothing is said twice.</param>
internal sealed record Draft(string Room, string Id, string Text, byte[]? Image = null);

// ---- To a client.

/// <param name="Id">The same for all connections with the same key, and never told to be it.</param>
internal sealed record Person(string Id, string Name);

/// <param name="Number">Counts the messages of the room.</param>
/// <param name="Image">A Socket.IO attachment: binary on the wire, an ArrayBuffer in the browser.</param>
internal sealed record ChatMessage(
    string Room, long Number, string Id, Person From, DateTimeOffset At, string Text, byte[]? Image, string? ImageType, int DeliveredTo);

/// <summary>The answer to a <see cref="Draft"/>: the server has it.</summary>
internal sealed record Receipt(long Number, DateTimeOffset At, int DeliveredTo);

/// <summary>Tells an author how many others have a message.</summary>
internal sealed record Delivery(string Room, string Id, int DeliveredTo);

internal sealed record RoomSummary(string Name, int People);

/// <summary>Who is in a room.</summary>
internal sealed record Attendance(string Room, Person[] People);

/// <summary>Somebody came to a room, left it, or writes in it.</summary>
internal sealed record RoomEvent(string Room, Person Person);

/// <param name="Run">Another one means that the server was restarted: rooms begin anew, and so do the numbers of messages.</param>
internal sealed record Welcome(string Run, Person You, RoomSummary[] Rooms, Limits Limits);

internal sealed record Limits(int NameLength, int RoomNameLength, int TextLength, int ImageBytes);

/// <summary>Why somebody was not let in.</summary>
internal sealed record Refusal(string Code);

/// <summary>How all of these become JSON and back, without reflection: the program can be trimmed.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
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
internal sealed partial class ChatJson : JsonSerializerContext;
