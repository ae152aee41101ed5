using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Stork.Samples.Chat;

/// <summary>What clients may send and how much of it the server keeps. Whatever comes in passes through here before it is used.</summary>
internal static class ChatRules
{
    public const int MaxNameLength = 24;
    public const int MaxRoomNameLength = 32;
    public const int MaxTextLength = 2000;
    public const int MaxImageBytes = 400 * 1024;
    public const int MaxRooms = 50;
    public const int MaxRoomsPerConnection = 20;
    public const int MaxPeoplePerRoom = 200;
    public const int MaxMessagesPerRoom = 100;

    /// <summary>Older images are dropped: all of a room travel in one packet, in which the official client takes 10 attachments.</summary>
    public const int MaxImagesPerRoom = 8;

    public static readonly string RoomNameRule = $"A room's name has 1 to {MaxRoomNameLength} letters, digits and hyphens.";

    private const int MinTabLength = 16;
    private const int MaxIdLength = 64;

    public static Limits Limits { get; } = new(MaxNameLength, MaxRoomNameLength, MaxTextLength, MaxImageBytes);

    /// <summary>Whether it can tell one tab from others: enough characters to be made up by chance.</summary>
    public static bool IsTab(string tab) => tab.Length >= MinTabLength && IsId(tab);

    /// <summary>The name with single spaces; null if nothing is left of it, it is too long, or has characters that nobody sees.</summary>
    public static string? CleanName(string name)
    {
        if (name.Length > 4 * MaxNameLength) return null;
        var clean = string.Join(' ', name.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return clean.Length is > 0 and <= MaxNameLength && IsVisible(clean) ? clean : null;
    }

    /// <summary>Whether it is the name of a room in its one spelling, which pages make of what people type.</summary>
    public static bool IsRoomName([NotNullWhen(true)] string? name)
    {
        return name?.Length is > 0 and <= MaxRoomNameLength && name.All(IsRoomNameCharacter);

        static bool IsRoomNameCharacter(char c) => (char.IsLetterOrDigit(c) && !char.IsUpper(c)) || c is '-' or '_';
    }

    /// <summary>Checks a message. What an image is, its bytes decide, as they do in browsers, and not its sender.</summary>
    /// <returns>The draft with its text trimmed, and the type of its image.</returns>
    /// <exception cref="AcknowledgementException">It is no message.</exception>
    public static (Draft Draft, string? ImageType) Check(Draft draft)
    {
        if (!IsId(draft.Id)) throw new AcknowledgementException("id", "A message needs an id.");
        if (draft.Text.Length > MaxTextLength)
            throw new AcknowledgementException("text_too_long", $"A message has at most {MaxTextLength} characters.");
        if (draft.Image is { Length: > MaxImageBytes })
            throw new AcknowledgementException("image_too_large", $"An image has at most {MaxImageBytes / 1024} KiB.");
        var text = draft.Text.Trim();
        var imageType = ImageType(draft.Image);
        if (draft.Image is not null && imageType is null)
            throw new AcknowledgementException("image_type", "Images are PNG, JPEG, GIF or WebP.");
        if (text.Length == 0 && draft.Image is null) throw new AcknowledgementException("empty", "There is nothing in this message.");
        return (draft with { Text = text }, imageType);
    }

    private static bool IsId(string id) => id.Length is > 0 and <= MaxIdLength && id.All(char.IsAsciiLetterOrDigit);

    private static string? ImageType(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 4 && bytes[0] == 0x89 && bytes[1..].StartsWith("PNG"u8)) return "image/png";
        if (bytes.Length > 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF) return "image/jpeg";
        if (bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8)) return "image/gif";
        return bytes.Length > 12 && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8) ? "image/webp" : null;
    }

    private static bool IsVisible(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar || Rune.GetUnicodeCategory(rune) is
                UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                return false;
        }

        return true;
    }
}
