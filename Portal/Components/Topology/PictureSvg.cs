using System.Globalization;
using System.Security;
using System.Text;
using Portal.Components.Shared;
using Portal.Core.Topology;

namespace Portal.Components.Topology;

/// <summary>A picture as a file that stands by itself: colours, words and lines, nothing to fetch. Pure.</summary>
public sealed class PictureSvg
{
    private const int Margin = 24;
    private const int Heading = 44;

    private readonly StringBuilder _svg = new();
    private readonly Picture _picture;
    private readonly IReadOnlyDictionary<string, string> _colours;

    private PictureSvg(Picture picture, IReadOnlyDictionary<string, string> colours)
    {
        _picture = picture;
        _colours = colours;
    }

    /// <param name="title">Stands above the picture: what it is of, and as of when.</param>
    /// <param name="colours">Name of a token → colour; a theme of <see cref="PicturePalette"/>.</param>
    public static string Write(EnvironmentTopology topology, Picture picture, string title, IReadOnlyDictionary<string, string> colours) =>
        new PictureSvg(picture, colours).Write(topology, title);

    private string Write(EnvironmentTopology topology, string title)
    {
        var (width, height) = (_picture.Width + (2 * Margin), _picture.Height + (2 * Margin) + Heading);
        Add($"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif" role="img"><title>{Escaped(title)}</title>""");
        Add($"""<rect width="{width}" height="{height}" fill="{Colour("surface")}" />""");
        Text(Margin, Margin + 16, title, 15, 650, "ink", _picture.Width);
        Add($"""<g transform="translate({Margin} {Margin + Heading})">""");
        foreach (var frame in _picture.Frames)
            Frame(frame, topology);
        foreach (var edge in _picture.Edges.Where(edge => edge.Kind == EdgeKind.Way || !_picture.IsCompact).OrderBy(edge => edge.IsLive))
            Edge(edge);
        foreach (var item in _picture.All)
            Item(item);
        return _svg.Append("</g></svg>").ToString();
    }

    private void Frame(PictureFrame frame, EnvironmentTopology topology)
    {
        var (colour, dash) = frame.Kind switch
        {
            FrameKind.Vpc => ("vpc", ""),
            FrameKind.Public => ("public", "4 3"),
            FrameKind.Private => ("private", "4 3"),
            FrameKind.Region => ("line-strong", "2 4"),
            _ => ("line-strong", ""),
        };
        var fill = frame.Kind == FrameKind.Cluster ? Colour("sunken") : "none";
        Add($"""<rect x="{frame.Place.X}.5" y="{frame.Place.Y}.5" width="{frame.Place.Width}" height="{frame.Place.Height}" rx="10" fill="{fill}" stroke="{Colour(colour)}" stroke-width="1.5" stroke-dasharray="{dash}" />""");
        if (frame.Kind == FrameKind.Region)
            Text(frame.Place.X + 8, frame.Place.Bottom - 8, TopologyView.NameOfRegion(topology), 11, 650, "ink-2", frame.Place.Width);
    }

    private void Edge(PictureEdge edge)
    {
        var colour = edge.Kind != EdgeKind.Way ? "ink-3" : edge.IsBroken ? "bad" : edge.IsLive ? "ok" : "line-strong";
        var (x, y) = edge.Points[^1];
        var (fromX, fromY) = edge.Points[^2];
        Add($"""<path d="{edge.Path}" fill="none" stroke="{Colour(colour)}" stroke-width="{(edge.Kind == EdgeKind.Way ? "2" : "1.25")}" stroke-dasharray="{(edge.Kind == EdgeKind.Share || edge.IsBroken ? "4 3" : "")}" />""");
        var turn = x == fromX ? (y > fromY ? 90 : -90) : x > fromX ? 0 : 180;
        Add($"""<path d="M-7 -4L0 0L-7 4z" transform="translate({x} {y}) rotate({turn})" fill="{Colour(colour)}" />""");
    }

    private void Item(PictureItem item)
    {
        var place = item.Place;
        if (place.Width == 0)
            return;
        if (item.Node is not { } node)
        {
            Label(place, item.Title, "ink-2", null);
            return;
        }

        var tone = TopologyView.ToneOf(node);
        var colour = tone.Class is "ok" or "busy" or "warn" or "bad" ? tone.Class : "wait";
        Add($"<g><title>{Escaped($"{node.Title} · {tone.Word} · {TopologyView.Line(node)}")}</title>");
        switch (item.Shape)
        {
            case Shape.Tag:
                Label(place, node.Title, node.Id switch { "vpc" => "vpc", "public-subnets" => "public", "private-subnets" => "private", _ => "ink-2" }, (tone, colour));
                break;
            case Shape.Pill or Shape.Path or Shape.Chip:
                Box(place, item.Shape == Shape.Chip ? 6 : place.Height / 2, colour == "wait" ? "line-strong" : colour, colour == "wait");
                var room = item.Shape == Shape.Pill ? State(place.Right - 9, place.Y + (place.Height / 2) + 4, tone, colour, 11) : Icon(place.Right - 19, place.Y + (place.Height / 2) - 5, 10, tone.Icon, colour);
                Text(place.X + 9, place.Y + (place.Height / 2) + 4, node.Title, item.Shape == Shape.Chip ? 11 : 12, 600, "ink", place.Width - 18 - room);
                break;
            default:
                Node(item, node, tone, colour);
                break;
        }

        if (item is { Pods: { } pods, PodsPlace: { } row })
            Pods(pods, row, item.PodsDrawn);
        _svg.Append("</g>");
    }

    private void Node(PictureItem item, TopologyNode node, Tone tone, string colour)
    {
        var place = item.Place;
        Box(place, 8, colour is "ok" or "wait" ? "line-strong" : colour, colour == "wait" || item.IsShared);
        Add($"""<rect x="{place.X}" y="{place.Y}" width="4" height="{place.Height}" rx="2" fill="{Colour(colour)}" />""");
        var line = TopologyView.Line(node) ?? "";
        switch (item.Shape)
        {
            case Shape.Line:
                var taken = Wide(node.Title, 13, 600);
                var state = State(place.Right - 10, place.Y + 18, tone, colour, 11);
                Text(place.X + 12, place.Y + 18, node.Title, 13, 600, "ink", place.Width - 24 - state);
                Text(place.X + 20 + taken, place.Y + 18, line, 12, 400, "ink-3", place.Width - 40 - state - taken);
                break;
            case Shape.Box:
                Text(place.X + 12, place.Y + 17, node.Title, 13, 600, "ink", place.Width - 24 - State(place.Right - 10, place.Y + 17, tone, colour, 11));
                Text(place.X + 12, place.Y + 33, line, 12, 400, colour is "warn" or "bad" ? colour : "ink-3", place.Width - 22);
                break;
            default:
                Text(place.X + 10, place.Y + 17, node.Title, 12, 600, "ink", place.Width - 16);
                Icon(place.X + 10, place.Y + 24, 11, tone.Icon, colour);
                Text(place.X + 24, place.Y + 33, tone.Word, 11, 650, colour, place.Width - 30);
                break;
        }
    }

    private void Pods(IReadOnlyList<PodNode> pods, Place row, int drawn)
    {
        var shown = pods.Count > drawn ? drawn - 1 : pods.Count;
        var x = row.Middle - (((Math.Min(pods.Count, drawn) * 27) - 5) / 2);
        foreach (var pod in pods.Take(shown))
        {
            var tone = Tone.Of(pod.State);
            var colour = tone.Class is "ok" or "busy" or "warn" or "bad" ? tone.Class : "wait";
            Add($"""<rect x="{x}.5" y="{row.Y}.5" width="21" height="21" rx="7" fill="{Colour($"{colour}-soft")}" stroke="{Colour(colour == "wait" ? "line-strong" : colour)}" />""");
            Icon(x + 5, row.Y + 5, 12, tone.Icon, colour);
            x += 27;
        }

        if (shown < pods.Count)
            Text(x, row.Y + 15, $"+{pods.Count - shown}", 11, 650, "ink-2", 40);
    }

    // Upon a frame's edge, which it covers.
    private void Label(Place place, string title, string colour, (Tone Tone, string Colour)? state)
    {
        var width = Math.Min(place.Width, Wide(title, 11) + 14 + (state is { } one ? Wide(one.Tone.Word, 11) + 24 : 0));
        Add($"""<rect x="{place.X}" y="{place.Y}" width="{width}" height="{place.Height}" rx="6" fill="{Colour("surface")}" />""");
        Text(place.X + 7, place.Y + 16, title, 11, 650, colour, place.Width);
        if (state is { } seen)
        {
            var x = place.X + 13 + Wide(title, 11);
            Icon(x, place.Y + 7, 11, seen.Tone.Icon, seen.Colour);
            Text(x + 15, place.Y + 16, seen.Tone.Word, 11, 650, seen.Colour, 120);
        }
    }

    private void Box(Place place, int round, string colour, bool isDashed) =>
        Add($"""<rect x="{place.X}.5" y="{place.Y}.5" width="{place.Width - 1}" height="{place.Height - 1}" rx="{round}" fill="{Colour("surface")}" stroke="{Colour(colour)}" stroke-dasharray="{(isDashed ? "3 3" : "")}" />""");

    /// <summary>Icon and word, ending at <paramref name="right"/>.</summary>
    /// <returns>How much room they take.</returns>
    private int State(int right, int baseline, Tone tone, string colour, int size)
    {
        var width = Wide(tone.Word, size) + 15;
        Icon(right - width, baseline - 10, 11, tone.Icon, colour);
        Text(right - width + 15, baseline, tone.Word, size, 650, colour, width);
        return width + 8;
    }

    private int Icon(int x, int y, int size, string icon, string colour)
    {
        Add($"""<g color="{Colour(colour)}">{IconSet.Of(icon).Value.Replace("""<svg class="icon" """, $"""<svg x="{x}" y="{y}" width="{size}" height="{size}" """, StringComparison.Ordinal)}</g>""");
        return size + 6;
    }

    private void Text(int x, int y, string text, int size, int weight, string colour, int room)
    {
        if (Elided(text, size, weight, room) is { Length: > 0 } fits)
            Add($"""<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{Colour(colour)}">{Escaped(fits)}</text>""");
    }

    private static string Elided(string text, int size, int weight, int room)
    {
        if (Wide(text, size, weight) <= room)
            return text;
        var letters = (int)(room / (size * Letter(weight))) - 1;
        return letters < 2 ? "" : $"{text[..Math.Min(letters, text.Length)]}…";
    }

    // Nobody measures text here: a letter of the usual system fonts is about that wide, on average.
    private static double Letter(int weight) => weight >= 600 ? .6 : .53;

    private static int Wide(string text, int size, int weight = 650) => (int)Math.Ceiling(text.Length * size * Letter(weight));

    private string Colour(string token) => _colours[token];

    // What XML cannot hold cannot be in a name or a reason either, but a file that nobody can open is too dear a proof.
    private static string Escaped(string text) => SecurityElement.Escape(string.Concat(text.Where(System.Xml.XmlConvert.IsXmlChar)));

    private void Add(FormattableString markup) => _svg.Append(markup.ToString(CultureInfo.InvariantCulture));
}
